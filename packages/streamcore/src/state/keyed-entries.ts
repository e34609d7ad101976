/** All entries of a heap backend and the current one. The handles read and write `current` directly: this is the hot path. */
import { assert } from '../contracts/assert.js'
import { type Key, type MapKey, mapKeyOf } from '../contracts/key.js'
import { ChangeTracker } from './change-tracker.js'
import type { CurrentSlots } from './current-slots.js'
import { Entry, isEmptyEntry, readSlot, writeSlot } from './entry.js'
import { ownKey } from './own-key.js'

/** The Map of entries. An entry comes with the first write of its key and goes when its last state has been cleared. */
export class KeyedEntries implements CurrentSlots {
  /** The entry of the current key; undefined while the key holds nothing. Only handles look at it. */
  current: Entry | undefined = undefined
  readonly changes: ChangeTracker<Entry> = new ChangeTracker()
  readonly #entries = new Map<MapKey, Entry>()
  #key: Key | undefined = undefined
  #mapKey: MapKey = ''
  #mayBeEmpty = false

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
    this.current = this.#entries.get(mapKey)
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
    if (this.current !== undefined) return this.current.key
    assert(this.#key !== undefined, 'a key is current when keyed state or timers are used')
    return ownKey(this.#key)
  }

  /** Asserted wherever there is no entry, which may also mean that there is no key. */
  requireKey(): void {
    assert(this.#key !== undefined, 'a key is current when keyed state or timers are used')
  }

  /** Writes a slot of the current key. */
  write(slot: number, content: unknown): void {
    const entry = this.current
    if (entry === undefined) {
      writeSlot(this.#create(), slot, content)
      return
    }
    if (entry.version < this.changes.changedFrom) this.changes.touch(entry)
    writeSlot(entry, slot, content)
  }

  /** To be called before what a slot of the current key holds is changed in place. */
  touch(): void {
    const entry = this.current
    if (entry !== undefined && entry.version < this.changes.changedFrom) this.changes.touch(entry)
  }

  /** Empties a slot of the current key. */
  clear(slot: number): void {
    const entry = this.current
    if (entry === undefined) {
      this.requireKey()
      return
    }
    if (entry.version < this.changes.changedFrom) this.changes.touch(entry)
    writeSlot(entry, slot, undefined)
    this.#mayBeEmpty = true
  }

  /** What a slot of the current key holds. */
  read(slot: number): unknown {
    const entry = this.current
    if (entry !== undefined) return readSlot(entry, slot)
    this.requireKey()
    return undefined
  }

  /** Number of entries. */
  count(): number {
    if (this.#mayBeEmpty) this.#dropIfEmpty()
    return this.#entries.size
  }

  /** Adds a restored entry, or gives the one that an earlier block brought. */
  restore(key: Key, keyGroup: number): Entry {
    const mapKey = mapKeyOf(key)
    let entry = this.#entries.get(mapKey)
    if (entry === undefined) {
      entry = new Entry(key, keyGroup, this.changes.restoredVersion)
      this.#entries.set(mapKey, entry)
    }
    return entry
  }

  /** Forgets a key of an earlier block. */
  unrestore(key: Key): void {
    this.#entries.delete(mapKeyOf(key))
  }

  /** Leaves no key current, so that all entries stand as they are; gives them, later ones after those that are there now. */
  leaveKey(): IterableIterator<Entry> {
    if (this.#mayBeEmpty) this.#dropIfEmpty()
    this.#key = undefined
    this.current = undefined
    return this.#entries.values()
  }

  /** Forgets everything. */
  dispose(): void {
    this.#entries.clear()
    this.#key = undefined
    this.current = undefined
    this.changes.endSnapshot()
  }

  #create(): Entry {
    const key = this.ownKey()
    const entry = new Entry(key, -1, 0)
    this.changes.made(entry)
    this.#entries.set(mapKeyOf(key), entry)
    this.current = entry
    return entry
  }

  #dropIfEmpty(): void {
    this.#mayBeEmpty = false
    const entry = this.current
    if (entry === undefined || !isEmptyEntry(entry)) return
    this.#entries.delete(this.#mapKey)
    this.changes.removed(entry)
    this.current = undefined
  }
}
