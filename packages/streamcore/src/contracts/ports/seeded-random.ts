/** The one generator of the repository: small, fast, and the same numbers for the same seed on every platform. */
import type { Random } from './random.js'

/** Chris Doty-Humphrey's sfc32. Not for secrets. */
export class SeededRandom implements Random {
  readonly #seedLow: number
  readonly #seedHigh: number
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** Uses the low 32 bits of both numbers. */
  constructor(seed: number, seedHigh: number = Math.floor(seed / 4_294_967_296)) {
    this.#seedLow = seed | 0
    this.#seedHigh = seedHigh | 0
    this.#a = this.#seedLow
    this.#b = this.#seedHigh
    this.#c = 0x9e3779b9 | 0
    // The first numbers of nearby seeds resemble each other; twelve rounds mix them.
    for (let round = 0; round < 12; round++) this.u32()
  }

  u32(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0
    return result >>> 0
  }

  float(): number {
    return this.u32() / 4_294_967_296
  }

  below(bound: number): number {
    return Math.floor((this.u32() / 4_294_967_296) * bound)
  }

  fork(label: string): SeededRandom {
    let low = this.#seedLow ^ 0xdeadbeef
    let high = this.#seedHigh ^ 0x41c6ce57
    for (let index = 0; index < label.length; index++) {
      const code = label.charCodeAt(index)
      low = Math.imul(low ^ code, 2_654_435_761)
      high = Math.imul(high ^ code, 1_597_334_677)
    }
    low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
    high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
    return new SeededRandom(low, high)
  }
}
