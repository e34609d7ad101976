/** Small draws from a random generator, and a hash that decides without one. */
import type { Random } from 'streamcore'

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
