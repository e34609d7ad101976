/** The keyed state backend that keeps everything on the JavaScript heap. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import { type Key, type MapKey, mapKeyOf } from '../contracts/key.js'
import type {
  KeyedSnapshot,
  KeyedStateBackend,
  KeyedStateBackendFactory,
  KeyedStateOptions,
} from '../contracts/state/keyed-state-backend.js'
import type { StateDescription } from '../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../contracts/state/state-handles.js'
import { decodeKeyedBlock, type KeyedBlock, rowsOfKeyGroups } from '../serde/block.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { writeSlot } from './entry.js'
import { HeapListState } from './heap-list-state.js'
import { HeapMapState, SharedMap } from './heap-map-state.js'
import { HeapReducingState } from './heap-reducing-state.js'
import { HeapSnapshot } from './heap-snapshot.js'
import { HeapValueState } from './heap-value-state.js'
import { KeyedEntries } from './keyed-entries.js'
import { PutGuard } from './put-guard.js'
import { refuseCell, slotsOfColumns, timeDomains } from './state-columns.js'
import { HeapTimerQueue } from './timer-queue.js'

/** Keeps state on the heap: the fastest backend, bounded by the memory of the process. */
export function heapStateBackend(): KeyedStateBackendFactory {
  return Object.freeze({
    kind: 'heap',
    create: (options: KeyedStateOptions) => new HeapKeyedStateBackend(options),
  })
}

/** One Map from key to an entry with a slot per state; timers beside it. */
export class HeapKeyedStateBackend implements KeyedStateBackend {
  readonly timers: HeapTimerQueue
  readonly #options: KeyedStateOptions
  readonly #entries = new KeyedEntries()
  readonly #descriptions: StateDescription[] = []
  #snapshot: HeapSnapshot | undefined = undefined
  #isRestored = false

  constructor(options: KeyedStateOptions) {
    this.#options = options
    this.timers = new HeapTimerQueue(this.#entries)
  }

  get descriptions(): readonly StateDescription[] {
    return this.#descriptions
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

  valueState<T>(descriptor: StateDescription): ValueState<T> {
    const slot = this.#bind(descriptor, 'value')
    return new HeapValueState(this.#entries, slot, this.#guard(descriptor))
  }

  listState<T>(descriptor: StateDescription): ListState<T> {
    const slot = this.#bind(descriptor, 'list')
    return new HeapListState(this.#entries, slot, this.#guard(descriptor))
  }

  mapState<MK extends MapKey, MV>(descriptor: StateDescription): MapState<MK, MV> {
    const slot = this.#bind(descriptor, 'map')
    return new HeapMapState(this.#entries, slot, this.#guard(descriptor))
  }

  reducingState<T>(descriptor: StateDescription, reduce: (accumulator: T, value: T) => T): ReducingState<T> {
    const slot = this.#bind(descriptor, 'reducing')
    return new HeapReducingState({ entries: this.#entries, slot, guard: this.#guard(descriptor), reduce })
  }

  snapshot(_checkpointId: number): KeyedSnapshot {
    assert(this.#snapshot === undefined, 'one snapshot is under way at a time')
    this.#snapshot = new HeapSnapshot({
      uid: this.#options.uid,
      keyGroups: this.#options.keyGroups,
      descriptions: this.#descriptions,
      entries: this.#entries,
      timers: this.timers,
      onEnd: () => {
        this.#snapshot = undefined
      },
    })
    return this.#snapshot
  }

  restoreBlock(bytes: Uint8Array): void {
    this.#isRestored = true
    const block = decodeKeyedBlock(bytes)
    const { start, end } = rowsOfKeyGroups(block, this.#options.keyGroups)
    for (let row = start; row < end; row++) {
      if (keyGroupOfKey(block.keys[row]!) !== block.keyGroups[row]) this.#refuse('each key in its key group')
    }
    if (block.section === 'state') this.#restoreStates(block, start, end)
    else if (block.section === 'timers') this.#restoreTimers(block, start, end)
    else this.#refuse(`section "state" or "timers", not "${block.section}"`)
  }

  close(): Promise<void> {
    this.#snapshot?.abort()
    this.#entries.dispose()
    return Promise.resolve()
  }

  #restoreStates({ columns, keys, keyGroups, cells }: KeyedBlock, start: number, end: number): void {
    const slots = slotsOfColumns(columns, this.#descriptions, this.#options.uid)
    for (const [column, slot] of slots.entries()) {
      const description = this.#descriptions[slot]
      if (description === undefined) continue
      for (let row = start; row < end; row++) {
        const cell = cells[column]![row]
        if (cell === undefined) continue
        writeSlot(this.#entries.restore(keys[row]!, keyGroups[row]!), slot, this.#content(description, cell))
      }
    }
  }

  #content({ kind }: StateDescription, cell: unknown): unknown {
    if (kind === 'list' && !Array.isArray(cell)) this.#refuse('a list')
    if (kind !== 'map') return cell
    return cell instanceof Map ? new SharedMap(cell) : this.#refuse('a map')
  }

  #restoreTimers({ keys, cells }: KeyedBlock, start: number, end: number): void {
    for (let row = start; row < end; row++) {
      const domain = timeDomains[Number(cells[0]?.[row])]
      const timestampMs = cells[1]?.[row]
      if (domain === undefined || typeof timestampMs !== 'number') this.#refuse('domain and time of a timer')
      this.timers.of(domain).register(mapKeyOf(keys[row]!), keys[row]!, timestampMs)
    }
  }

  #bind(description: StateDescription, kind: StateDescription['kind']): number {
    const { name } = description
    assert(description.kind === kind, `state "${name}" is bound as what its descriptor says`)
    assert(
      !this.#isRestored && this.#snapshot === undefined,
      `state "${name}" is bound before anything is restored`,
    )
    if (this.#descriptions.some((other) => other.name === name)) {
      throw new StreamcoreError(
        'STREAMCORE_CONFIG',
        `Expected the states of operator "${this.#options.uid}" to have different names, got "${name}" twice`,
        { details: { uid: this.#options.uid } },
      )
    }
    return this.#descriptions.push(Object.freeze({ name, kind, version: description.version })) - 1
  }

  #guard(description: StateDescription): PutGuard {
    return new PutGuard(description, this.#options.uid)
  }

  #refuse(expected: string): never {
    return refuseCell(expected, this.#options.uid)
  }
}
