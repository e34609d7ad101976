/** The entries of a key-value backend: the current one, a bounded cache of others, everything else in rows. */
import { assert } from '../../contracts/assert.js'
import { type Key, type MapKey, mapKeyOf } from '../../contracts/key.js'
import type { KeyedSnapshotKind } from '../../contracts/state/keyed-state-backend.js'
import type { CurrentSlots } from '../current-slots.js'
import { readSlot, writeSlot } from './entry.js'
import { ownKey } from '../own-key.js'
import { CachedEntry } from './cached-entry.js'
import type { ChangedKeys } from './changed-keys.js'
import { EntryVersions, isUnknown } from './entry-versions.js'
import { type DecodedRow, dropContent, type RowCodec } from './row-codec.js'
import { keyRow, textOfKeyRow } from './row-keys.js'
import type { RowStore } from './row-store.js'
import { StoredKeys } from './stored-keys.js'

/** What part of `cacheBytes` the filter of stored keys takes besides. */
const storedKeysShare = 8

/** Gets entries for the snapshot under way, before they can change. */
export interface CachedEntrySaver {
  save(entry: CachedEntry): void
  /** The row of an entry is about to be written or deleted. */
  rowChanges(row: string): void
  /** What the snapshot is of. */
  readonly kind: KeyedSnapshotKind
  /** Whether what existed of this row is saved. */
  hasPassed(row: string): boolean
}

/** Options of {@link CachedEntries}. */
export interface CachedEntriesOptions {
  readonly rows: RowStore
  readonly codec: RowCodec
  readonly changedKeys: ChangedKeys
  readonly cacheBytes: number
  /** The current key holds no state any more. */
  readonly onStateGone: () => void
}

/**
 * An entry that was loaded stays until room is needed; the one that was not used for the longest time goes first (the clock
 * algorithm over the order of a Map). A changed one is written then, and until that write is done the row store remembers it.
 */
export class CachedEntries implements CurrentSlots {
  readonly #rows: RowStore
  readonly #codec: RowCodec
  readonly #changedKeys: ChangedKeys
  readonly #versions = new EntryVersions()
  readonly #isRemovalTold = (version: number): boolean => this.#versions.isRemovalTold(version)
  readonly #cacheBytes: number
  readonly #onStateGone: () => void
  readonly #cache = new Map<MapKey, CachedEntry>()
  /** Goes round and round: a fresh iterator would step over all that were taken out before. */
  #hand: Iterator<CachedEntry, undefined> = this.#cache.values()
  /** Keys being prefetched, by the prefetch. What was loaded otherwise meanwhile is newer, so its key is taken out. */
  readonly #loading = new Map<MapKey, Prefetch>()
  readonly #stored: StoredKeys
  #current: CachedEntry | undefined = undefined
  #key: Key | undefined = undefined
  #isChanged = false
  #bytes = 0
  #count = 0
  #saver: CachedEntrySaver | undefined = undefined

  constructor(options: CachedEntriesOptions) {
    this.#rows = options.rows
    this.#codec = options.codec
    this.#changedKeys = options.changedKeys
    this.#cacheBytes = options.cacheBytes
    this.#stored = new StoredKeys(options.cacheBytes / storedKeysShare)
    this.#onStateGone = options.onStateGone
  }

  /** Makes a key current; loads it now unless it is in the cache. */
  setCurrentKey(key: Key): void {
    if (key === this.#key) {
      // Types rule undefined out, a selector over untyped records does not: mapKeyOf refuses it.
      if (this.#key === undefined) mapKeyOf(key)
      return
    }
    const mapKey = mapKeyOf(key)
    this.#rows.assertUsable()
    this.settle()
    const entry = this.#cache.get(mapKey) ?? this.#load(key, mapKey)
    entry.isReferenced = true
    if (this.#versions.isDue(entry.version)) this.#save(entry)
    this.#key = key
    this.#current = entry
    this.#makeRoom()
  }

  get key(): Key | undefined {
    return this.#key
  }

  /** The entry of the current key, to look at. */
  get current(): CachedEntry {
    assert(this.#current !== undefined, 'a key is current when keyed state or timers are used')
    return this.#current
  }

  /** The entry of the current key, to change. */
  changing(): CachedEntry {
    const entry = this.current
    entry.isDirty = true
    this.#isChanged = true
    if (entry.version !== this.#versions.changed && entry.version !== this.#versions.made)
      this.#firstChange(entry)
    return entry
  }

  /** Whether a later snapshot has to tell what changes now. */
  get tracksChanges(): boolean {
    return this.#versions.isTracking
  }

  /** What the cache holds of a key. */
  cachedEntry(key: Key): CachedEntry | undefined {
    return this.#cache.get(mapKeyOf(key))
  }

  read(slot: number): unknown {
    return readSlot(this.current, slot)
  }

  /** Nothing to do: what a snapshot under way has to hold was saved when the key became current. */
  touch(): void {}

  write(slot: number, content: unknown): void {
    writeSlot(this.changing(), slot, content)
  }

  clear(slot: number): void {
    const content = this.read(slot)
    if (content === undefined) return
    dropContent(content)
    this.write(slot, undefined)
  }

  /** Brings count and sizes up to date with what was done to the current key. */
  settle(): void {
    const entry = this.#current
    if (entry === undefined || !this.#isChanged) return
    const { holdsState } = entry
    if (!holdsState) this.#onStateGone()
    this.#isChanged = false
    this.#bytes += entry.weigh()
    if (holdsState === entry.isCounted) return
    entry.isCounted = holdsState
    this.#count += holdsState ? 1 : -1
  }

  /** Number of keys that hold state. */
  keyCount(): number {
    this.settle()
    return this.#count
  }

  /** Loads what is not in the cache; undefined when there is nothing to wait for. */
  prefetch(keys: readonly Key[]): Promise<void> | undefined {
    this.#rows.assertUsable()
    const prefetch: Prefetch = { missing: [], done: Promise.resolve() }
    const waits = new Set<Promise<void>>()
    for (const key of keys) {
      const mapKey = mapKeyOf(key)
      const entry = this.#cache.get(mapKey)
      const loading = this.#loading.get(mapKey)
      if (entry !== undefined) entry.isReferenced = true
      else if (loading !== undefined) waits.add(loading.done)
      else if (this.#stored.mayHave(key)) this.#want({ key, mapKey, row: keyRow(key) }, prefetch)
      else this.#insert(key, mapKey, undefined)
    }
    if (prefetch.missing.length > 0) {
      prefetch.done = this.#prefetch(prefetch)
      waits.add(prefetch.done)
    }
    this.#makeRoom()
    const room = this.#rows.whenRoom()
    if (room !== undefined) waits.add(room)
    return waits.size === 0 ? undefined : Promise.all(waits).then(() => {})
  }

  /** From now on `saver` gets every entry that its snapshot has to hold, before it can change. No key is current any more. */
  beginSnapshot(saver: CachedEntrySaver, tracksChanges: boolean): void {
    this.release()
    this.#versions.begin(saver.kind, tracksChanges)
    this.#saver = saver
  }

  /** The newest snapshot is durable: the next delta need not repeat it. */
  snapshotDurable(): void {
    this.#versions.durable()
  }

  /** Saves what a row of the store holds, as far as it is still the newest that is known of its key. */
  saveRow(name: string, bytes: Uint8Array): void {
    const row = this.#codec.decode(bytes)
    const key = row.key ?? textOfKeyRow(name)
    const mapKey = mapKeyOf(key)
    const cached = this.#cache.get(mapKey)
    if (cached !== undefined) {
      this.saveOnce(cached)
      return
    }
    const version = this.#versions.ofRow(row.version)
    const isDue = this.#versions.isDue(version)
    const isEmpty = row.cells.every((cell) => cell === undefined)
    if (!isDue && !isEmpty) return
    const entry = new CachedEntry(key, version)
    this.#codec.fill(entry, row)
    entry.isStored = isEmpty
    if (isDue) this.#save(entry)
    if (entry.holdsNothing && (isDue || this.#versions.isTold(version))) this.#writeBack(entry)
  }

  /** Saves an entry unless it is saved already or younger than the snapshot; whether it did. */
  saveOnce(entry: CachedEntry): boolean {
    if (this.#versions.isDue(entry.version)) {
      this.#save(entry)
      return true
    }
    // What was kept for a delta that is durable now goes when the entry does.
    if (entry.isStored && entry.holdsNothing) entry.isDirty = true
    return false
  }

  /** What is in the cache. The iterator goes on while the cache changes. */
  cached(): IterableIterator<CachedEntry> {
    return this.#cache.values()
  }

  /** The snapshot needs no more entries. */
  endSnapshot(): void {
    this.#versions.end()
    this.#saver = undefined
  }

  /** No key is current any more. */
  release(): void {
    this.settle()
    this.#key = undefined
    this.#current = undefined
  }

  /** Forgets everything. */
  dispose(): void {
    this.#cache.clear()
    this.#loading.clear()
    this.#key = undefined
    this.#current = undefined
    this.endSnapshot()
  }

  #load(key: Key, mapKey: MapKey): CachedEntry {
    // The answer to a prefetch under way may be older than what happens to this entry from now on.
    this.#loading.delete(mapKey)
    return this.#insert(key, mapKey, this.#stored.mayHave(key) ? this.#rows.read(keyRow(key)) : undefined)
  }

  /** A row that waits to be written is newer than the answer to any question. */
  #want(wanted: WantedEntry, prefetch: Prefetch): void {
    const waiting = this.#rows.waiting(wanted.row)
    if (waiting !== undefined) {
      this.#insert(wanted.key, wanted.mapKey, waiting.kind === 'put' ? waiting.value : undefined)
      return
    }
    prefetch.missing.push(wanted)
    this.#loading.set(wanted.mapKey, prefetch)
  }

  async #prefetch(prefetch: Prefetch): Promise<void> {
    const rows = await this.#rows.getMany(prefetch.missing.map(({ row }) => row))
    for (const [index, wanted] of prefetch.missing.entries()) {
      if (this.#loading.get(wanted.mapKey) !== prefetch) continue
      this.#loading.delete(wanted.mapKey)
      this.#insert(wanted.key, wanted.mapKey, rows[index])
    }
    this.#makeRoom()
  }

  #insert(key: Key, mapKey: MapKey, bytes: Uint8Array | undefined): CachedEntry {
    const own = ownKey(key)
    // A plain text or number is its own identity, and must not keep the batch alive that it was cut out of either.
    const identity = typeof own === 'string' && mapKey === own ? own : mapKey
    const entry = new CachedEntry(own, this.#versions.none)
    if (bytes !== undefined) {
      this.#fill(entry, this.#codec.decode(bytes))
      entry.isStored = true
      entry.isCounted = entry.holdsState
      entry.weigh()
    }
    this.#bytes += entry.bytes
    this.#cache.set(identity, entry)
    return entry
  }

  #fill(entry: CachedEntry, row: DecodedRow): void {
    this.#codec.fill(entry, row)
    const version = this.#versions.ofRow(row.version)
    const isSaved = this.#versions.isDue(version) && this.#saver?.hasPassed(keyRow(entry.key)) === true
    entry.version = isSaved ? this.#versions.saved : version
  }

  #makeRoom(): void {
    // Each entry is met twice at most: the first time its mark is taken away.
    for (let visits = 2 * this.#cache.size; this.#bytes > this.#cacheBytes && visits > 0; visits--) {
      let next = this.#hand.next()
      if (next.done === true) {
        this.#hand = this.#cache.values()
        next = this.#hand.next()
      }
      if (next.done === true) return
      const entry = next.value
      if (entry !== this.#current && !entry.isReferenced) {
        this.#cache.delete(mapKeyOf(entry.key))
        this.#evict(entry)
      } else {
        entry.isReferenced = false
      }
    }
  }

  #evict(entry: CachedEntry): void {
    this.#bytes -= entry.bytes
    if (this.#versions.isDue(entry.version)) this.#save(entry)
    if (entry.isDirty) this.#writeBack(entry)
  }

  #writeBack(entry: CachedEntry): void {
    const isPut = !entry.holdsNothing || this.#hasToTell(entry)
    if (!isPut && !entry.isStored) return
    const row = keyRow(entry.key)
    if (isPut) {
      this.#rows.put(row, this.#codec.encode(entry))
      this.#stored.add(entry.key)
    } else {
      this.#rows.delete(row)
    }
    this.#saver?.rowChanges(row)
  }

  /** Whether the row says of a key that it went: no durable snapshot does so yet. */
  #hasToTell({ version }: CachedEntry): boolean {
    return this.#versions.isTracking && !isUnknown(version) && !this.#versions.isTold(version)
  }

  #firstChange(entry: CachedEntry): void {
    entry.forgetRemovedTimers(this.#isRemovalTold)
    entry.version = isUnknown(entry.version) ? this.#versions.made : this.#versions.changed
    if (this.#versions.isTracking) this.#changedKeys.add(entry.key)
  }

  #save(entry: CachedEntry): void {
    entry.forgetRemovedTimers(this.#isRemovalTold)
    this.#saver?.save(entry)
    const isUnknownYet = isUnknown(entry.version) && entry.holdsNothing
    entry.version = isUnknownYet ? this.#versions.none : this.#versions.saved
    // Whoever comes upon the row must see that it is saved.
    if (entry.isStored) entry.isDirty = true
    // The row goes once this is durable; a later delta comes by to see to it, or tells it again.
    if (entry.holdsNothing && this.#hasToTell(entry)) this.#changedKeys.add(entry.key)
  }
}

/** A key whose row is to be read. */
interface WantedEntry {
  readonly key: Key
  readonly mapKey: MapKey
  readonly row: string
}

/** One question to the store. */
interface Prefetch {
  readonly missing: WantedEntry[]
  done: Promise<void>
}
