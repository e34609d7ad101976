/** The keyed state backend that keeps everything on the JavaScript heap. */
import { assert } from '../contracts/assert.js'
import { type Key, type MapKey, mapKeyOf } from '../contracts/key.js'
import type {
  KeyedSnapshot,
  KeyedSnapshotKind,
  KeyedStateBackend,
  KeyedStateBackendFactory,
  KeyedStateOptions,
} from '../contracts/state/keyed-state-backend.js'
import type { BoundState, StateDescription, StateKind } from '../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../contracts/state/state-handles.js'
import { decodeKeyedBlock, type KeyedBlock } from '../serde/block.js'
import { BoundStates } from './bound-states.js'
import { HeapCleanupQueue } from './heap-cleanup-queue.js'
import { HeapListState } from './heap-list-state.js'
import { HeapMapState, SharedMap } from './heap-map-state.js'
import { HeapReducingState } from './heap-reducing-state.js'
import { HeapSnapshot } from './heap-snapshot.js'
import { HeapValueState } from './heap-value-state.js'
import { noRow } from './integer-index.js'
import { KeyedEntries } from './keyed-entries.js'
import { PutGuard } from './put-guard.js'
import type { RowChanges } from './row-changes.js'
import { cleanupOf, contentOf, ownRows, refuseCell, targetsOfColumns, timerOf } from './state-columns.js'
import { HeapTimerQueue } from './timer-queue.js'

/** Keeps state on the heap: the fastest backend, bounded by the memory of the process. */
export function heapStateBackend(): KeyedStateBackendFactory {
  return Object.freeze({
    kind: 'heap',
    create: (options: KeyedStateOptions) => new HeapKeyedStateBackend(options),
  })
}

/** A row per key with a cell per state; timers beside it. */
export class HeapKeyedStateBackend implements KeyedStateBackend {
  readonly timers: HeapTimerQueue
  readonly cleanups: HeapCleanupQueue
  readonly wantsPrefetch = false
  readonly #options: KeyedStateOptions
  readonly #entries = new KeyedEntries((mapKey) => this.cleanups.forget(mapKey))
  readonly #states: BoundStates
  #snapshot: HeapSnapshot | undefined = undefined
  /** Of the newest snapshot; undefined once its fate is known. */
  #awaitedId: number | undefined = undefined
  /** There is a durable snapshot, and all changes since are known. */
  #hasBase = false

  constructor(options: KeyedStateOptions) {
    this.#options = options
    this.#states = new BoundStates(options.uid)
    this.timers = new HeapTimerQueue(this.#entries)
    this.cleanups = new HeapCleanupQueue(this.#entries)
  }

  get descriptions(): readonly StateDescription[] {
    return this.#states.descriptions
  }

  setCurrentKey(key: Key): void {
    this.#entries.setCurrentKey(key)
  }

  prefetch(_keys: readonly Key[]): undefined {
    return undefined
  }

  keyCount(): number {
    return this.#entries.count()
  }

  valueState<T>(descriptor: BoundState): ValueState<T> {
    const slot = this.#bind(descriptor, 'value')
    return new HeapValueState(this.#entries, slot, this.#guard(descriptor))
  }

  listState<T>(descriptor: BoundState): ListState<T> {
    const slot = this.#bind(descriptor, 'list')
    return new HeapListState(this.#entries, slot, this.#guard(descriptor))
  }

  mapState<MK extends MapKey, MV>(descriptor: BoundState): MapState<MK, MV> {
    const slot = this.#bind(descriptor, 'map')
    return new HeapMapState(this.#entries, slot, this.#guard(descriptor))
  }

  reducingState<T>(descriptor: BoundState, reduce: (accumulator: T, value: T) => T): ReducingState<T> {
    const slot = this.#bind(descriptor, 'reducing')
    return new HeapReducingState({ entries: this.#entries, slot, guard: this.#guard(descriptor), reduce })
  }

  snapshot(checkpointId: number, kind: KeyedSnapshotKind = 'full'): KeyedSnapshot {
    assert(this.#snapshot === undefined, 'one snapshot is under way at a time')
    assert(kind === 'full' || this.#hasBase, 'a delta follows a durable snapshot')
    this.#states.seal()
    this.#awaitedId = checkpointId
    this.#snapshot = new HeapSnapshot({
      kind,
      tracksChanges: this.#options.isIncremental ?? false,
      uid: this.#options.uid,
      keyGroups: this.#options.keyGroups,
      descriptions: this.#states.descriptions,
      entries: this.#entries,
      timers: this.timers,
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
    for (const changes of this.#changes) changes.durable()
  }

  snapshotFailed(checkpointId: number): void {
    if (checkpointId !== this.#awaitedId) return
    assert(this.#snapshot === undefined, 'a snapshot is given up before its checkpoint has failed')
    this.#awaitedId = undefined
    for (const changes of this.#changes) changes.failed()
  }

  restoreBlock(bytes: Uint8Array): undefined {
    this.#states.seal()
    const block = decodeKeyedBlock(bytes)
    const { start, end } = ownRows(block, this.#options)
    switch (block.section) {
      case 'state':
        this.#restoreStates(block, start, end)
        return
      case 'timers':
      case 'removed-timers':
        this.#restoreTimers(block, start, end)
        return
      case 'cleared-keys':
        for (let row = start; row < end; row++) this.#entries.unrestore(block.keys[row]!)
        return
      case 'messages':
        this.#refuse('a section of state or timers, not "messages"')
    }
  }

  close(): Promise<void> {
    this.#snapshot?.abort()
    this.#entries.dispose()
    return Promise.resolve()
  }

  get #changes(): readonly Pick<RowChanges, 'durable' | 'failed'>[] {
    return [this.#entries.changes, this.timers.event.changes, this.timers.processing.changes]
  }

  #restoreStates(block: KeyedBlock, start: number, end: number): void {
    const { isDelta, columns, keys, keyGroups, cells } = block
    const targets = targetsOfColumns(columns, this.#states)
    const { table } = this.#entries
    for (let row = start; row < end; row++) {
      // A row of a delta is all that its key holds.
      if (isDelta) this.#entries.unrestore(keys[row]!)
      let entry = noRow
      for (const [column, target] of targets.entries()) {
        const cell = cells[column]![row]
        if (target === undefined || cell === undefined) continue
        const content = contentOf(target, cell, this.#options.uid)
        if (content === undefined) continue
        if (entry === noRow) entry = this.#entries.restore(keys[row]!, keyGroups[row]!)
        if (table.read(entry, target.slot) !== undefined) this.#refuse('each state of a key once')
        table.write(
          entry,
          target.slot,
          target.kind === 'map' && content instanceof Map ? new SharedMap(content) : content,
        )
        const cleanup = cleanupOf(target, content)
        if (cleanup !== undefined) this.cleanups.restore(keys[row]!, cleanup)
      }
    }
  }

  #restoreTimers(block: KeyedBlock, start: number, end: number): void {
    const { section, isDelta, keys } = block
    for (let row = start; row < end; row++) {
      const { domain, timestampMs } = timerOf(block, row, this.#options.uid)
      const timers = this.timers.of(domain)
      const mapKey = mapKeyOf(keys[row]!)
      if (section === 'removed-timers') timers.delete(mapKey, timestampMs)
      else if (!timers.has(mapKey, timestampMs)) timers.restore(keys[row]!, timestampMs)
      else if (!isDelta) this.#refuse('each timer once')
    }
  }

  #bind(state: BoundState, kind: StateKind): number {
    this.#states.bind(state, kind)
    return this.#entries.table.addColumn()
  }

  #guard(description: StateDescription): PutGuard {
    return new PutGuard(description, this.#options.uid)
  }

  #refuse(expected: string): never {
    return refuseCell(expected, this.#options.uid)
  }
}
