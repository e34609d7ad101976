/** All entries of a heap backend and the current one. The handles read and write `current` directly: this is the hot path. */
import { assert } from '../contracts/assert.js'
import { type Key, type MapKey, mapKeyOf } from '../contracts/key.js'
import type { CurrentSlots } from './current-slots.js'
import { Entry, isEmptyEntry, readSlot, writeSlot } from './entry.js'
import { ownKey } from './own-key.js'

/** Saves an entry into the snapshot under way. */
export interface EntrySaver {
  save(entry: Entry): void
}

/** The Map of entries. An entry comes with the first write of its key and goes when its last state has been cleared. */
export class KeyedEntries implements CurrentSlots {
  /** The entry of the current key; undefined while the key holds nothing. Only handles look at it. */
  current: Entry | undefined = undefined
  readonly #entries = new Map<MapKey, Entry>()
  #key: Key | undefined = undefined
  #mapKey: MapKey = ''
  #mayBeEmpty = false
  #version = 0
  /** Entries of a lower version have not been written by the snapshot under way; 0 when there is none. */
  #saveBelow = 0
  #saver: EntrySaver | undefined = undefined

  /** Makes a key current; an entry that the snapshot under way has not written yet is saved first. */
  setCurrentKey(key: Key): void {
    if (key === this.#key) {
      // Types rule undefined out, a selector over untyped records does not: mapKeyOf refuses it.
      if (this.#key === undefined) mapKeyOf(key)
      return
    }
    if (this.#mayBeEmpty) this.#dropIfEmpty()
    // The call for a number costs a quarter of the speed when there are many keys.
    const mapKey = typeof key === 'number' && key === key ? key : mapKeyOf(key)
    const entry = this.#entries.get(mapKey)
    if (entry !== undefined && entry.version < this.#saveBelow) this.#save(entry)
    this.#key = key
    this.#mapKey = mapKey
    this.current = entry
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
    writeSlot(this.current ?? this.#create(), slot, content)
  }

  /** Empties a slot of the current key. */
  clear(slot: number): void {
    const entry = this.current
    if (entry === undefined) {
      this.requireKey()
      return
    }
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
      entry = new Entry(key, keyGroup, this.#version)
      this.#entries.set(mapKey, entry)
    }
    return entry
  }

  /** From now on `saver` gets every entry that exists now, before it can change; gives the entries to walk through. */
  beginSnapshot(saver: EntrySaver): IterableIterator<Entry> {
    if (this.#mayBeEmpty) this.#dropIfEmpty()
    this.#key = undefined
    this.current = undefined
    this.#version++
    this.#saveBelow = this.#version
    this.#saver = saver
    return this.#entries.values()
  }

  /** Saves an entry met on the walk, unless it is saved already or younger than the snapshot. */
  saveOnce(entry: Entry): boolean {
    if (entry.version >= this.#saveBelow) return false
    this.#save(entry)
    return true
  }

  /** The snapshot needs no more entries. */
  endSnapshot(): void {
    this.#saveBelow = 0
    this.#saver = undefined
  }

  /** Forgets everything. */
  dispose(): void {
    this.#entries.clear()
    this.#key = undefined
    this.current = undefined
    this.endSnapshot()
  }

  #create(): Entry {
    const key = this.ownKey()
    const entry = new Entry(key, -1, this.#version)
    this.#entries.set(mapKeyOf(key), entry)
    this.current = entry
    return entry
  }

  #save(entry: Entry): void {
    this.#saver?.save(entry)
    entry.version = this.#version
  }

  #dropIfEmpty(): void {
    this.#mayBeEmpty = false
    const entry = this.current
    if (entry === undefined || !isEmptyEntry(entry)) return
    this.#entries.delete(this.#mapKey)
    this.current = undefined
  }
}
