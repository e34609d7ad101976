/** What the heap backend keeps of its keys, column by column: a row per key, a column per state. */
import { assert } from '../contracts/assert.js'
import type { Key } from '../contracts/key.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'

const firstCapacity = 64
const unknownKeyGroup = -1

/**
 * With many keys memory, not computing, is what costs. So states of many keys lie side by side, apart from their keys; and
 * what is at hand is the number of a row, because storing a pointer makes the garbage collector look at where it leads.
 * An undefined cell is an empty state. Rows of keys that have gone are used again; the table never shrinks.
 */
export class EntryTable {
  readonly #columns: unknown[][] = []
  readonly #keys: (Key | undefined)[] = []
  readonly #free: number[] = []
  /** Of 16 bits with a sign: the highest key group is 32,767. */
  #keyGroups = new Int16Array(firstCapacity)

  /** Adds an empty column; gives its number. */
  addColumn(): number {
    return this.#columns.push(this.#keys.map(() => undefined)) - 1
  }

  /** Takes a row for a key. Its states are empty. */
  add(key: Key): number {
    const row = this.#free.pop() ?? this.#append()
    this.#keys[row] = key
    this.#keyGroups[row] = unknownKeyGroup
    return row
  }

  /** Gives a row back, and what is left of its states. */
  remove(row: number): void {
    for (const column of this.#columns) column[row] = undefined
    this.#keys[row] = undefined
    this.#free.push(row)
  }

  /** The key of a row that is not free. */
  keyAt(row: number): Key {
    const key = this.#keys[row]
    assert(key !== undefined, 'a row that is looked at has a key')
    return key
  }

  /** The key group of a row, computed when it is first needed: hashing every key on the way in would halve the speed. */
  keyGroupAt(row: number): number {
    const known = this.#keyGroups[row]!
    if (known !== unknownKeyGroup) return known
    const keyGroup = keyGroupOfKey(this.keyAt(row))
    this.#keyGroups[row] = keyGroup
    return keyGroup
  }

  /** Tells a key group that is known already. */
  setKeyGroup(row: number, keyGroup: number): void {
    this.#keyGroups[row] = keyGroup
  }

  read(row: number, column: number): unknown {
    return this.#columns[column]![row]
  }

  write(row: number, column: number, content: unknown): void {
    this.#columns[column]![row] = content
  }

  isEmpty(row: number): boolean {
    for (const column of this.#columns) if (column[row] !== undefined) return false
    return true
  }

  /** Forgets everything but the columns. */
  clear(): void {
    for (const column of this.#columns) column.length = 0
    this.#keys.length = 0
    this.#free.length = 0
    this.#keyGroups = new Int16Array(firstCapacity)
  }

  #append(): number {
    const row = this.#keys.length
    for (const column of this.#columns) column.push(undefined)
    this.#keys.push(undefined)
    if (row === this.#keyGroups.length) {
      const keyGroups = new Int16Array(2 * row)
      keyGroups.set(this.#keyGroups)
      this.#keyGroups = keyGroups
    }
    return row
  }
}
