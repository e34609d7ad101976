/** Random numbers that depend on a seed alone: the same seed writes the same files. */
import type { Random } from 'streamcore'

/** Mulberry32 behind the Random port. */
export class SeededRandom implements Random {
  readonly #seed: number
  #state: number

  constructor(seed: number) {
    this.#seed = seed >>> 0
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0
  }

  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  float(): number {
    return this.u32() / 4_294_967_296
  }

  below(bound: number): number {
    return Math.floor(this.float() * bound)
  }

  fork(label: string): Random {
    return new SeededRandom(hashOfText(label, this.#seed))
  }
}

/** FNV-1a of a text's UTF-16 units, as 32 bits without sign. */
export function hashOfText(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** One member of a list that is not empty. */
export function pick<T>(random: Random, list: readonly [T, ...T[]]): T
export function pick<T>(random: Random, list: readonly T[]): T | undefined
export function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list[random.below(list.length)]
}

/** True with the given probability. */
export function chance(random: Random, probability: number): boolean {
  return random.float() < probability
}
