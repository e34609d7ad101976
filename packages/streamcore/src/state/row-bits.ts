/** A set of rows: a bit for each, so that the set of a million rows fits into the caches. */
import { noRow } from './integer-index.js'

const firstWords = 2

/** Grows with the rows that are added; rows beyond its end are not in it. */
export class RowBits {
  #words = new Int32Array(firstWords)

  has(row: number): boolean {
    const word = row >> 5
    return word < this.#words.length && (this.#words[word]! & (1 << (row & 31))) !== 0
  }

  add(row: number): void {
    const word = row >> 5
    if (word >= this.#words.length) this.#growTo(word + 1)
    this.#words[word]! |= 1 << (row & 31)
  }

  delete(row: number): void {
    const word = row >> 5
    if (word < this.#words.length) this.#words[word]! &= ~(1 << (row & 31))
  }

  /** The first row that is in it, from `row` on; {@link noRow} when there is none. */
  next(row: number): number {
    const words = this.#words
    let word = row >> 5
    if (word >= words.length) return noRow
    let bits = words[word]! & (-1 << (row & 31))
    while (bits === 0) {
      word++
      if (word === words.length) return noRow
      bits = words[word]!
    }
    // What is left of the lowest bit says where it stands.
    return (word << 5) + 31 - Math.clz32(bits & -bits)
  }

  /** Adds all rows of another set. */
  addAll(other: RowBits): void {
    if (other.#words.length > this.#words.length) this.#growTo(other.#words.length)
    for (let word = 0; word < other.#words.length; word++) this.#words[word]! |= other.#words[word]!
  }

  /** Another set of the same rows. */
  copy(): RowBits {
    const copy = new RowBits()
    copy.#words = this.#words.slice()
    return copy
  }

  #growTo(count: number): void {
    const words = new Int32Array(Math.max(count, 2 * this.#words.length))
    words.set(this.#words)
    this.#words = words
  }
}
