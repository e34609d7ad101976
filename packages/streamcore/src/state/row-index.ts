/** Which row a key has: integers by an index of their own, all other keys by a Map. */
import type { MapKey } from '../contracts/key.js'
import { IntegerIndex, noRow } from './integer-index.js'

/** The rows of all keys. */
export class RowIndex {
  readonly #integers = new IntegerIndex()
  readonly #others = new Map<MapKey, number>()

  get size(): number {
    return this.#integers.size + this.#others.size
  }

  /** The row of a key, or {@link noRow}. */
  get(key: MapKey): number {
    if (isInteger(key)) return this.#integers.get(key)
    const row = this.#others.get(key)
    return row === undefined ? noRow : row
  }

  /** Adds a key that is not there. */
  add(key: MapKey, row: number): void {
    if (isInteger(key)) this.#integers.add(key, row)
    else this.#others.set(key, row)
  }

  /** Removes a key that is there. */
  delete(key: MapKey): void {
    if (isInteger(key)) this.#integers.delete(key)
    else this.#others.delete(key)
  }

  /** Forgets everything. */
  clear(): void {
    this.#integers.clear()
    this.#others.clear()
  }
}

/** Whether it is one of 32 bits. -0 is, and is 0. */
function isInteger(key: MapKey): key is number {
  return typeof key === 'number' && (key | 0) === key
}
