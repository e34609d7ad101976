/** A copy-on-write snapshot of a key-value backend: of everything, or of what has changed since the last durable one. */
import { assert } from '../../contracts/assert.js'
import { StreamcoreError } from '../../contracts/errors.js'
import type { KeyGroupRange } from '../../contracts/key-groups.js'
import type {
  KeyedSnapshot,
  KeyedSnapshotKind,
  TimeDomain,
} from '../../contracts/state/keyed-state-backend.js'
import type { StateDescription } from '../../contracts/state/state-descriptors.js'
import { KeyedBlockWriter } from '../../serde/block-writer.js'
import { keyGroupOfKey } from '../../serde/key-bytes.js'
import { timeDomains, timerColumns } from '../state-columns.js'
import type { CachedEntries, CachedEntrySaver } from './cached-entries.js'
import type { CachedEntry } from './cached-entry.js'
import type { ChangedKeys } from './changed-keys.js'
import { DeltaWalk } from './delta-walk.js'
import { isUnknown } from './entry-versions.js'
import { FullWalk } from './full-walk.js'
import type { RowCodec } from './row-codec.js'
import type { RowStore } from './row-store.js'
import type { SnapshotWalk } from './snapshot-walk.js'

/** What a snapshot is taken of. */
export interface StoredSnapshotOptions {
  readonly kind: KeyedSnapshotKind
  readonly uid: string
  readonly keyGroups: KeyGroupRange
  readonly descriptions: readonly StateDescription[]
  readonly entries: CachedEntries
  readonly changedKeys: ChangedKeys
  readonly rows: RowStore
  readonly codec: RowCodec
  /** Rows of the store read at a time. */
  readonly pageRows: number
  /** Another snapshot may be asked for what has changed since this one. */
  readonly tracksChanges: boolean
  /** Called once, when the snapshot is written or given up. */
  readonly onEnd: () => void
}

/**
 * Holds what existed when it was made. An entry is saved before its key becomes current or it leaves the cache; a walk finds
 * the others. What the sections of a delta say of a key never contradicts itself, so their order does not matter.
 */
export class StoredSnapshot implements KeyedSnapshot, CachedEntrySaver {
  readonly kind: KeyedSnapshotKind
  readonly #options: StoredSnapshotOptions
  readonly #walk: SnapshotWalk
  readonly #states: KeyedBlockWriter
  readonly #timers: KeyedBlockWriter
  readonly #clearedKeys: KeyedBlockWriter | undefined
  readonly #removedTimers: KeyedBlockWriter | undefined
  #isActive = true
  /** Keys with state that are still to be saved. */
  #keysLeft: number

  constructor(options: StoredSnapshotOptions) {
    const { kind, uid, descriptions, entries, changedKeys, rows, pageRows } = options
    this.#options = options
    this.kind = kind
    const isDelta = kind === 'delta'
    this.#states = new KeyedBlockWriter({ section: 'state', columns: descriptions, uid, isDelta })
    this.#timers = new KeyedBlockWriter({ section: 'timers', columns: timerColumns, uid, isDelta })
    if (isDelta) {
      this.#clearedKeys = new KeyedBlockWriter({ section: 'cleared-keys', columns: [], uid, isDelta })
      const section = 'removed-timers'
      this.#removedTimers = new KeyedBlockWriter({ section, columns: timerColumns, uid, isDelta })
    }
    entries.beginSnapshot(this, options.tracksChanges)
    this.#keysLeft = entries.keyCount()
    const pages = changedKeys.begin()
    this.#walk = isDelta
      ? new DeltaWalk({ entries, rows, changedKeys, pages })
      : new FullWalk({ entries, rows, pageRows })
  }

  writeSlice(maxEntries: number): boolean {
    assert(maxEntries >= 1, 'a slice has at least one entry')
    if (!this.#isActive) return true
    this.#options.rows.assertUsable()
    if (!this.#walk.goOn(maxEntries)) return false
    if (this.kind === 'full') this.#assertComplete()
    for (const writer of this.#writers) writer.flush()
    this.#end()
    return true
  }

  waitsFor(): Promise<void> | undefined {
    return this.#isActive ? this.#walk.waitsFor() : undefined
  }

  takeBlocks(): readonly Uint8Array[] {
    return this.#writers.flatMap((writer) => writer.takeBlocks())
  }

  abort(): void {
    if (this.#isActive) this.#end()
  }

  save(entry: CachedEntry): void {
    const { start, end } = this.#options.keyGroups
    const { key } = entry
    const keyGroup = keyGroupOfKey(key)
    assert(
      keyGroup >= start && keyGroup <= end,
      `key group ${keyGroup} belongs to this subtask (${start} to ${end})`,
    )
    if (entry.holdsState) {
      this.#states.add(keyGroup, key, this.#options.codec.cells(entry))
      this.#keysLeft--
    } else if (!isUnknown(entry.version)) this.#clearedKeys?.add(keyGroup, key, [])
    if (entry.times === undefined) return
    for (const domain of timeDomains) this.#saveTimers(entry, keyGroup, domain)
  }

  rowChanges(row: string): void {
    this.#walk.rowChanges(row)
  }

  hasPassed(row: string): boolean {
    return this.#walk.hasPassed(row)
  }

  get #writers(): readonly KeyedBlockWriter[] {
    return [this.#clearedKeys, this.#removedTimers, this.#states, this.#timers].filter(
      (writer) => writer !== undefined,
    )
  }

  #saveTimers(entry: CachedEntry, keyGroup: number, domain: TimeDomain): void {
    const { key } = entry
    const index = timeDomains.indexOf(domain)
    const timers = entry.timers(domain)
    for (const timestampMs of timers?.keys() ?? []) this.#timers.add(keyGroup, key, [index, timestampMs])
    for (const timestampMs of entry.removedTimers(domain)?.keys() ?? [])
      if (timers?.has(timestampMs) !== true) this.#removedTimers?.add(keyGroup, key, [index, timestampMs])
  }

  /** A store that has lost rows says so nowhere else: nothing may be committed that rests on it. */
  #assertComplete(): void {
    if (this.#keysLeft === 0) return
    const { uid } = this.#options
    throw new StreamcoreError(
      'STREAMCORE_IO',
      `Expected the state store of operator '${uid}' to hold all keys that were put there, but the number of those found is off by ${this.#keysLeft}: rows were lost. Check the disk, then start again: the job goes on from its last checkpoint`,
      { details: { uid } },
    )
  }

  #end(): void {
    this.#isActive = false
    this.#options.entries.endSnapshot()
    this.#options.onEnd()
  }
}
