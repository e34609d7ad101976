/** All entries of a heap backend and the current one: this is the hot path. */
import { assert } from '../contracts/assert.js'
import { type Key, type MapKey, mapKeyOf } from '../contracts/key.js'
import type { CurrentSlots } from './current-slots.js'
import { EntryTable } from './entry-table.js'
import { noRow } from './integer-index.js'
import { ownKey } from './own-key.js'
import { RowChanges } from './row-changes.js'
import { RowIndex } from './row-index.js'

/** The entries by key. An entry comes with the first write of its key and goes when its last state has been cleared. */
export class KeyedEntries implements CurrentSlots {
  readonly table: EntryTable = new EntryTable()
  readonly changes: RowChanges = new RowChanges()
  readonly #rows = new RowIndex()
  /** The row of the current key; none while the key holds nothing. */
  #row: number = noRow
  #key: Key | undefined = undefined
  #mapKey: MapKey = ''
  #mayBeEmpty = false
  readonly #onGone: (mapKey: MapKey) => void

  /** `onGone` is told of each key that no longer holds anything. */
  constructor(onGone: (mapKey: MapKey) => void) {
    this.#onGone = onGone
  }

  /** Makes a key current. */
  setCurrentKey(key: Key): void {
    if (key === this.#key) {
      // Types rule undefined out, a selector over untyped records does not: mapKeyOf refuses it.
      if (this.#key === undefined) mapKeyOf(key)
      return
    }
    if (this.#mayBeEmpty) this.#dropIfEmpty()
    // The call for a number costs a quarter of the speed when there are many keys.
    const mapKey = typeof key === 'number' && key === key ? key : mapKeyOf(key)
    this.#key = key
    this.#mapKey = mapKey
    this.#row = this.#rows.get(mapKey)
  }

  /** The current key, if there is one. */
  get key(): Key | undefined {
    return this.#key
  }

  /** The Map identity of the current key. */
  get mapKey(): MapKey {
    return this.#mapKey
  }

  /** The current key as it may be kept. */
  ownKey(): Key {
    if (this.#row !== noRow) return this.table.keyAt(this.#row)
    assert(this.#key !== undefined, 'a key is current when keyed state or timers are used')
    return ownKey(this.#key)
  }

  /** Asserted wherever there is no entry, which may also mean that there is no key. */
  requireKey(): void {
    assert(this.#key !== undefined, 'a key is current when keyed state or timers are used')
  }

  /** Writes a slot of the current key. */
  write(slot: number, content: unknown): void {
    if (this.#row === noRow) this.#create()
    else this.touch()
    this.table.write(this.#row, slot, content)
  }

  /** To be called before what a slot of the current key holds is changed in place. */
  touch(): void {
    if (this.#row !== noRow) this.changes.touch(this.#row)
  }

  /** Empties a slot of the current key. */
  clear(slot: number): void {
    if (this.read(slot) === undefined) return
    this.touch()
    this.table.write(this.#row, slot, undefined)
    this.#mayBeEmpty = true
  }

  /** What a slot of the current key holds. */
  read(slot: number): unknown {
    if (this.#row !== noRow) return this.table.read(this.#row, slot)
    this.requireKey()
    return undefined
  }

  /** Number of entries. */
  count(): number {
    if (this.#mayBeEmpty) this.#dropIfEmpty()
    return this.#rows.size
  }

  /** The row of a restored key, or that which an earlier block brought. */
  restore(key: Key, keyGroup: number): number {
    const mapKey = mapKeyOf(key)
    const known = this.#rows.get(mapKey)
    if (known !== noRow) return known
    const row = this.table.add(key)
    this.table.setKeyGroup(row, keyGroup)
    this.changes.restored(row)
    this.#rows.add(mapKey, row)
    return row
  }

  /** Forgets a key of an earlier block. */
  unrestore(key: Key): void {
    const mapKey = mapKeyOf(key)
    const row = this.#rows.get(mapKey)
    if (row === noRow) return
    this.#rows.delete(mapKey)
    this.table.remove(row)
    this.changes.forget(row)
    this.#onGone(mapKey)
  }

  /** Leaves no key current, so that all entries stand as they are. */
  leaveKey(): void {
    if (this.#mayBeEmpty) this.#dropIfEmpty()
    this.#key = undefined
    this.#row = noRow
  }

  /** Forgets everything. */
  dispose(): void {
    this.#rows.clear()
    this.table.clear()
    this.#key = undefined
    this.#row = noRow
    this.changes.endSnapshot()
  }

  #create(): void {
    const key = this.ownKey()
    const row = this.table.add(key)
    this.changes.made(row)
    this.#rows.add(mapKeyOf(key), row)
    this.#row = row
  }

  #dropIfEmpty(): void {
    this.#mayBeEmpty = false
    const row = this.#row
    if (row === noRow || !this.table.isEmpty(row)) return
    this.#rows.delete(this.#mapKey)
    this.changes.removed(row, this.table.keyAt(row))
    this.table.remove(row)
    this.#row = noRow
    this.#onGone(this.#mapKey)
  }
}
