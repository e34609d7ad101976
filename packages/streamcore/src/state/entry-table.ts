/** What the heap backend keeps of its keys, column by column: a row per key, a column per state. */
import { assert } from '../contracts/assert.js'
import type { Key } from '../contracts/key.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import type { Versions } from './change-tracker.js'

const firstCapacity = 64
const unknownKeyGroup = -1

/**
 * With many keys memory, not computing, is what costs. So states of many keys lie side by side, apart from their keys; and
 * what is at hand is the number of a row, because storing a pointer makes the garbage collector look at where it leads.
 * An undefined cell is an empty state. Rows of keys that have gone are used again; the table never shrinks.
 */
export class EntryTable implements Versions<number> {
  readonly #columns: unknown[][] = []
  readonly #keys: (Key | undefined)[] = []
  readonly #free: number[] = []
  /** A bit per row: fits into the caches when versions do not. */
  #marks = new Int32Array(firstCapacity / 32)
  /** When each row was changed last; see `ChangeTracker`. */
  #versions = new Int32Array(firstCapacity)
  /** Of 16 bits with a sign: the highest key group is 32,767. */
  #keyGroups = new Int16Array(firstCapacity)

  /** Number of rows, those that are free among them. */
  get rowCount(): number {
    return this.#keys.length
  }

  /** Adds an empty column; gives its number. */
  addColumn(): number {
    return this.#columns.push(this.#keys.map(() => undefined)) - 1
  }

  /** Takes a row for a key. Its states are empty; its version is that of whatever was there before. */
  add(key: Key): number {
    const row = this.#free.pop() ?? this.#append()
    this.#keys[row] = key
    this.#keyGroups[row] = unknownKeyGroup
    return row
  }

  /** Gives a row back, and what is left of its states and its mark. */
  remove(row: number): void {
    this.#marks[row >> 5]! &= ~(1 << (row & 31))
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

  /** Whether {@link mark} was called for what is in the row since the last {@link unmarkAll}. */
  isMarked(row: number): boolean {
    return (this.#marks[row >> 5]! & (1 << (row & 31))) !== 0
  }

  mark(row: number): void {
    this.#marks[row >> 5]! |= 1 << (row & 31)
  }

  /** Takes all marks away: a word for 32 rows, so that it takes no time to speak of. */
  unmarkAll(): void {
    this.#marks.fill(0)
  }

  isEmpty(row: number): boolean {
    for (const column of this.#columns) if (column[row] !== undefined) return false
    return true
  }

  versionOf(row: number): number {
    return this.#versions[row]!
  }

  setVersion(row: number, version: number): void {
    this.#versions[row] = version
  }

  /** Forgets everything but the columns. */
  clear(): void {
    for (const column of this.#columns) column.length = 0
    this.#keys.length = 0
    this.#free.length = 0
    this.#marks = new Int32Array(firstCapacity / 32)
    this.#versions = new Int32Array(firstCapacity)
    this.#keyGroups = new Int16Array(firstCapacity)
  }

  #append(): number {
    const row = this.#keys.length
    for (const column of this.#columns) column.push(undefined)
    this.#keys.push(undefined)
    if (row === this.#versions.length) this.#grow()
    return row
  }

  #grow(): void {
    const capacity = 2 * this.#versions.length
    const marks = new Int32Array(capacity / 32)
    marks.set(this.#marks)
    this.#marks = marks
    const versions = new Int32Array(capacity)
    versions.set(this.#versions)
    this.#versions = versions
    const keyGroups = new Int16Array(capacity)
    keyGroups.set(this.#keyGroups)
    this.#keyGroups = keyGroups
  }
}
