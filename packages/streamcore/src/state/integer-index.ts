/** An index from 32-bit integers to rows: open addressing in one typed array, so that a lookup costs one cache miss. */
import { assert } from '../contracts/assert.js'

/** No row belongs to the key. */
export const noRow = -1

const firstBits = 6

/**
 * Keys and rows are pairs in one array; linear probing at a load of at most a half, removal by shifting back. A key's place
 * is the upper bits of its hash: so growing goes through both arrays from one end to the other, and not here and there.
 */
export class IntegerIndex {
  /** Key and row + 1 of each cell; 0 in the second place marks an empty cell. */
  #cells = new Int32Array(2 << firstBits)
  #mask = (1 << firstBits) - 1
  /** How far a hash is shifted to the right to be a place. */
  #shift = 32 - firstBits
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The row of a key, or {@link noRow}. */
  get(key: number): number {
    const cells = this.#cells
    for (let at = hashOf(key) >>> this.#shift; ; at = (at + 1) & this.#mask) {
      const stored = cells[2 * at + 1]!
      if (stored === 0 || cells[2 * at] === key) return stored - 1
    }
  }

  /** Adds a key that is not there. */
  add(key: number, row: number): void {
    this.#size++
    if (2 * this.#size > this.#mask) this.#grow()
    this.#put(key, row + 1)
  }

  /** Removes a key that is there; those behind it move up, so that no probe ends early. */
  delete(key: number): void {
    const cells = this.#cells
    const mask = this.#mask
    let hole = hashOf(key) >>> this.#shift
    while (cells[2 * hole] !== key || cells[2 * hole + 1] === 0) {
      assert(cells[2 * hole + 1] !== 0, 'a key that is removed is in the index')
      hole = (hole + 1) & mask
    }
    for (let at = (hole + 1) & mask; cells[2 * at + 1] !== 0; at = (at + 1) & mask) {
      const home = hashOf(cells[2 * at]!) >>> this.#shift
      // It may move into the hole when the hole is on its way from home.
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      cells[2 * hole] = cells[2 * at]!
      cells[2 * hole + 1] = cells[2 * at + 1]!
      hole = at
    }
    cells[2 * hole + 1] = 0
    this.#size--
  }

  /** Forgets everything. */
  clear(): void {
    this.#resize(firstBits)
    this.#size = 0
  }

  #put(key: number, stored: number): void {
    const cells = this.#cells
    let at = hashOf(key) >>> this.#shift
    while (cells[2 * at + 1] !== 0) at = (at + 1) & this.#mask
    cells[2 * at] = key
    cells[2 * at + 1] = stored
  }

  #grow(): void {
    const old = this.#cells
    const bits = 32 - this.#shift + 1
    assert(bits < 31, 'an index has fewer than 500 million keys')
    this.#resize(bits)
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) this.#put(old[at]!, old[at + 1]!)
  }

  #resize(bits: number): void {
    this.#cells = new Int32Array(2 * 2 ** bits)
    this.#mask = 2 ** bits - 1
    this.#shift = 32 - bits
  }
}

/** Spreads integers, so that keys with a pattern do not meet in one place. */
function hashOf(key: number): number {
  return Math.imul(key ^ (key >>> 15), 0x9e3779b1)
}
