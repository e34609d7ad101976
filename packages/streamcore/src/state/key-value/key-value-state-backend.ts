/** The keyed state backend over a key-value store: state that outgrows memory. */
import { assert } from '../../contracts/assert.js'
import type { Key, MapKey } from '../../contracts/key.js'
import type { KeyValueStore } from '../../contracts/ports/key-value-store.js'
import type {
  KeyedSnapshot,
  KeyedSnapshotKind,
  KeyedStateBackend,
  KeyedStateBackendFactory,
  KeyedStateOptions,
} from '../../contracts/state/keyed-state-backend.js'
import type { BoundState, StateDescription, StateKind } from '../../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../../contracts/state/state-handles.js'
import { decodeKeyedBlock, type KeyedBlock } from '../../serde/block.js'
import { BoundStates } from '../bound-states.js'
import { HeapReducingState } from '../heap-reducing-state.js'
import { HeapValueState } from '../heap-value-state.js'
import { PutGuard } from '../put-guard.js'
import { cleanupOf, contentOf, ownRows, refuseCell, targetsOfColumns, timerOf } from '../state-columns.js'
import { CachedEntries } from './cached-entries.js'
import { ChangedKeys } from './changed-keys.js'
import { Collections } from './collections.js'
import { RowCodec } from './row-codec.js'
import { RowStore } from './row-store.js'
import { StoredCleanupQueue } from './stored-cleanup-queue.js'
import { StoredListState } from './stored-list-state.js'
import { StoredMapState } from './stored-map-state.js'
import { StoredSnapshot } from './stored-snapshot.js'
import { StoredTimerQueue } from './stored-timer-queue.js'

/** Bounds of what one subtask of one keyed operator keeps in memory. */
export interface KeyValueStateLimits {
  /** Bytes of entries in the cache, estimated; 64 MiB unless told. The current entry is kept at any size. */
  readonly cacheBytes?: number
  /** Timers of each time domain in memory; 16,384 unless told. */
  readonly timersInMemory?: number
  /** Rows that a snapshot reads at a time; 256 unless told. */
  readonly pageRows?: number
}

/** Options of {@link keyValueStateBackend}. */
export interface KeyValueStateBackendOptions extends KeyValueStateLimits {
  readonly kind: string
  /** Gives an empty store that nobody else uses; the backend closes it. */
  readonly open: (options: KeyedStateOptions) => Promise<KeyValueStore>
}

/** Keeps state in key-value stores, with a bounded cache before each. */
export function keyValueStateBackend(options: KeyValueStateBackendOptions): KeyedStateBackendFactory {
  return Object.freeze({
    kind: options.kind,
    create: async (keyed: KeyedStateOptions) =>
      new KeyValueStateBackend(await options.open(keyed), keyed, options),
  })
}

/** The store is working state only: it starts empty, and what survives are the blocks of snapshots. */
export class KeyValueStateBackend implements KeyedStateBackend {
  readonly wantsPrefetch = true
  readonly timers: StoredTimerQueue
  readonly cleanups: StoredCleanupQueue
  readonly #options: KeyedStateOptions
  readonly #pageRows: number
  readonly #rows: RowStore
  readonly #codec: RowCodec
  readonly #entries: CachedEntries
  readonly #states: BoundStates
  readonly #guards: PutGuard[] = []
  readonly #changedKeys: ChangedKeys
  #snapshot: StoredSnapshot | undefined = undefined
  /** The newest snapshot, as long as nothing is known of its fate. */
  #awaitedId: number | undefined = undefined
  /** A snapshot of this incarnation is durable: deltas can be taken. */
  #hasBase = false

  constructor(store: KeyValueStore, options: KeyedStateOptions, limits: KeyValueStateLimits) {
    const { uid } = options
    this.#options = options
    this.#states = new BoundStates(uid)
    this.#pageRows = limits.pageRows ?? 256
    this.#rows = new RowStore(store)
    this.#codec = new RowCodec(new Collections(this.#rows), uid)
    this.#changedKeys = new ChangedKeys({ rows: this.#rows, uid, pageKeys: this.#pageRows })
    this.#entries = new CachedEntries({
      rows: this.#rows,
      codec: this.#codec,
      changedKeys: this.#changedKeys,
      cacheBytes: limits.cacheBytes ?? 64 * 1_024 * 1_024,
      onStateGone: () => this.cleanups.forget(),
    })
    const queue = {
      entries: this.#entries,
      rows: this.#rows,
      uid,
      inMemoryMax: limits.timersInMemory ?? 16_384,
    }
    this.timers = new StoredTimerQueue({ ...queue, purpose: 'timers' })
    this.cleanups = new StoredCleanupQueue(queue)
  }

  get descriptions(): readonly StateDescription[] {
    return this.#states.descriptions
  }

  setCurrentKey(key: Key): void {
    this.#entries.setCurrentKey(key)
  }

  prefetch(keys: readonly Key[]): Promise<void> | undefined {
    return this.#entries.prefetch(keys)
  }

  keyCount(): number {
    return this.#entries.keyCount()
  }

  valueState<T>(descriptor: BoundState): ValueState<T> {
    const { slot, guard } = this.#bind(descriptor, 'value')
    return new HeapValueState(this.#entries, slot, guard)
  }

  listState<T>(descriptor: BoundState): ListState<T> {
    const { slot, guard } = this.#bind(descriptor, 'list')
    return new StoredListState({ entries: this.#entries, collections: this.#codec.collections, slot, guard })
  }

  mapState<MK extends MapKey, MV>(descriptor: BoundState): MapState<MK, MV> {
    const { slot, guard } = this.#bind(descriptor, 'map')
    return new StoredMapState({ entries: this.#entries, codec: this.#codec, slot, guard })
  }

  reducingState<T>(descriptor: BoundState, reduce: (accumulator: T, value: T) => T): ReducingState<T> {
    const { slot, guard } = this.#bind(descriptor, 'reducing')
    return new HeapReducingState({ entries: this.#entries, slot, guard, reduce })
  }

  snapshot(checkpointId: number, kind: KeyedSnapshotKind = 'full'): KeyedSnapshot {
    assert(this.#snapshot === undefined, 'one snapshot is under way at a time')
    this.#states.seal()
    this.#awaitedId = checkpointId
    this.timers.beginSnapshot()
    this.#snapshot = new StoredSnapshot({
      kind: kind === 'delta' && this.#hasBase ? 'delta' : 'full',
      tracksChanges: this.#options.isIncremental ?? false,
      uid: this.#options.uid,
      keyGroups: this.#options.keyGroups,
      descriptions: this.#states.descriptions,
      entries: this.#entries,
      changedKeys: this.#changedKeys,
      rows: this.#rows,
      codec: this.#codec,
      pageRows: this.#pageRows,
      onEnd: () => {
        this.#snapshot = undefined
      },
    })
    return this.#snapshot
  }

  snapshotDurable(checkpointId: number): void {
    if (checkpointId !== this.#awaitedId) return
    assert(this.#snapshot === undefined, 'a snapshot is written before it is durable')
    this.#awaitedId = undefined
    this.#hasBase = this.#options.isIncremental ?? false
    this.#entries.snapshotDurable()
    this.#changedKeys.durable()
  }

  /** What it would have told of is looked at again by the next one. */
  snapshotFailed(checkpointId: number): void {
    if (checkpointId !== this.#awaitedId) return
    assert(this.#snapshot === undefined, 'a snapshot is given up before its checkpoint has failed')
    this.#awaitedId = undefined
  }

  restoreBlock(bytes: Uint8Array): Promise<void> | undefined {
    this.#states.seal()
    const block = decodeKeyedBlock(bytes)
    const { start, end } = ownRows(block, this.#options)
    this.#restoreRows(block, start, end)
    this.#entries.release()
    return this.#rows.whenRoom()
  }

  async close(): Promise<void> {
    this.#snapshot?.abort()
    this.#entries.dispose()
    await this.#rows.close()
  }

  #restoreRows(block: KeyedBlock, start: number, end: number): void {
    switch (block.section) {
      case 'state':
        this.#restoreStates(block, start, end)
        return
      case 'timers':
      case 'removed-timers':
        this.#restoreTimers(block, start, end)
        return
      case 'cleared-keys':
        for (let row = start; row < end; row++) this.#clearKey(block.keys[row]!)
        return
      case 'messages':
        this.#refuse('a section of state or timers, not "messages"')
    }
  }

  #clearKey(key: Key): void {
    this.#entries.setCurrentKey(key)
    for (let slot = 0; slot < this.#states.all.length; slot++) this.#entries.clear(slot)
  }

  #restoreStates({ isDelta, columns, keys, cells }: KeyedBlock, start: number, end: number): void {
    const targets = targetsOfColumns(columns, this.#states)
    for (let row = start; row < end; row++) {
      // A row of a delta is all that its key holds.
      if (isDelta) this.#clearKey(keys[row]!)
      for (const [column, target] of targets.entries()) {
        const cell = cells[column]![row]
        if (target === undefined || cell === undefined) continue
        const content = contentOf(target, cell, this.#options.uid)
        if (content === undefined) continue
        this.#entries.setCurrentKey(keys[row]!)
        if (this.#entries.read(target.slot) !== undefined) this.#refuse('each state of a key once')
        const place = this.#guards[target.slot]!.place(keys[row]!)
        this.#entries.write(target.slot, this.#codec.contentOf(target.kind, content, place))
        const cleanup = cleanupOf(target, content)
        if (cleanup !== undefined) this.cleanups.schedule(cleanup.domain, cleanup.timestampMs)
      }
    }
  }

  #restoreTimers(block: KeyedBlock, start: number, end: number): void {
    const { section, isDelta, keys } = block
    for (let row = start; row < end; row++) {
      const { domain, timestampMs } = timerOf(block, row, this.#options.uid)
      this.#entries.setCurrentKey(keys[row]!)
      if (section === 'removed-timers') this.timers.delete(domain, timestampMs)
      else if (!this.timers.restore(domain, timestampMs) && !isDelta) this.#refuse('each timer once')
    }
  }

  #bind(state: BoundState, kind: StateKind): { slot: number; guard: PutGuard } {
    const slot = this.#states.bind(state, kind)
    const guard = new PutGuard(state, this.#options.uid)
    this.#guards.push(guard)
    this.#codec.addState({ kind, guard })
    return { slot, guard }
  }

  #refuse(expected: string): never {
    return refuseCell(expected, this.#options.uid)
  }
}
