/** The operator state of one subtask: binds descriptors, is restored element by element, and starts snapshots. */
import { assert } from '../../contracts/assert.js'
import { StreamcoreError } from '../../contracts/errors.js'
import type { Key, MapKey } from '../../contracts/key.js'
import type {
  BoundOperatorState,
  BroadcastState,
  BroadcastStateDescriptor,
  OperatorStateBinder,
  OperatorStateDescription,
} from '../../contracts/state/operator-state.js'
import type { ListState } from '../../contracts/state/state-handles.js'
import { decodeElementBlock } from '../../serde/element-block.js'
import { stored } from '../../serde/stored-value.js'
import { cloneValue } from '../../serde/value-codec.js'
import { migrationFrom } from '../migrations.js'
import { PutGuard } from '../put-guard.js'
import { BroadcastMap, type BroadcastWriting } from './broadcast-map.js'
import { OperatorList } from './operator-list.js'
import { OperatorStateSnapshot } from './operator-state-snapshot.js'
import { type RestoredSubtask, takesElement } from './redistribution.js'

/** A block of the checkpoint and the subtask that had written it. */
export interface FormerBlock {
  readonly subtaskIndex: number
  readonly block: Uint8Array
}

type Slot = OperatorList<unknown> | BroadcastMap<MapKey, unknown>

/** Lists and broadcast maps of one subtask. They are in memory, so they should be small. */
export class OperatorStateStore implements OperatorStateBinder {
  readonly uid: string
  readonly #subtaskIndex: number
  readonly #writing: BroadcastWriting
  readonly #slots = new Map<string, Slot>()
  /** Elements seen in the checkpoint by state, over all subtasks. */
  readonly #restoredCounts = new Map<string, number>()

  constructor(options: { readonly uid: string; readonly subtaskIndex: number }) {
    this.uid = options.uid
    this.#subtaskIndex = options.subtaskIndex
    this.#writing = { uid: options.uid, isAllowed: false }
  }

  /** The states bound so far. */
  get descriptions(): readonly OperatorStateDescription[] {
    return [...this.#slots.values()].map(({ state: { name, kind, version } }) => ({ name, kind, version }))
  }

  listState<T>(state: BoundOperatorState): ListState<T> {
    const list = new OperatorList<T>(state, new PutGuard(state, this.uid))
    this.#bind(list)
    return list
  }

  broadcastState<MK extends MapKey, MV>(state: BoundOperatorState): BroadcastState<MK, MV> {
    const map = new BroadcastMap<MK, MV>(state, new PutGuard(state, this.uid), this.#writing)
    this.#bind(map)
    return map
  }

  /**
   * The bound state of a descriptor.
   * @throws StreamcoreError `STREAMCORE_GRAPH` when the stream was not broadcast with it
   */
  broadcastOf<MK extends MapKey, MV>({ name }: BroadcastStateDescriptor<MK, MV>): BroadcastState<MK, MV> {
    const slot = this.#slots.get(name)
    if (slot instanceof BroadcastMap) return stored<BroadcastState<MK, MV>>(slot)
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected operator "${this.uid}" to use a broadcast state that its stream is broadcast with (${this.#broadcastNames()}), got "${name}"; add its descriptor to broadcast(…)`,
      { details: { uid: this.uid } },
    )
  }

  /** Lets broadcast states be changed while `process` runs. */
  whileWriting(process: () => void): void {
    this.#writing.isAllowed = true
    try {
      process()
    } finally {
      this.#writing.isAllowed = false
    }
  }

  /** What a broadcast state holds for a key, as a copy; undefined for lists, which have no keys. */
  entryOf(name: string, key: Key): unknown {
    const slot = this.#slots.get(name)
    if (!(slot instanceof BroadcastMap) || typeof key === 'object') return undefined
    return cloneValue(slot.get(key), { what: `state "${name}"`, uid: this.uid, key })
  }

  /**
   * Takes this subtask's share of a block, after all states are bound; blocks come in the order of the former subtasks. A
   * state that is not bound is dropped, an older version is migrated.
   * @throws StreamcoreError `STREAMCORE_STATE_MISMATCH` for another kind, or a version no migration leads from
   */
  restore({ subtaskIndex, block }: FormerBlock, by: RestoredSubtask): void {
    const { name, kind, version, elements } = decodeElementBlock(block)
    const slot = this.#slots.get(name)
    if (slot === undefined) return
    if (slot.state.kind !== kind) throw this.#otherKind(slot.state, kind)
    const migrate = migrationFrom(slot.state, version, this.uid)
    const start = this.#restoredCounts.get(name) ?? 0
    this.#restoredCounts.set(name, start + elements.length)
    for (const [offset, element] of elements.entries()) {
      if (!takesElement(kind, { subtaskIndex, index: start + offset }, by)) continue
      if (slot instanceof OperatorList) slot.restore(migrate === undefined ? element : migrate(element))
      else {
        const [key, value] = stored<readonly [MapKey, unknown]>(element)
        slot.restore([key, migrate === undefined ? value : migrate(value)])
      }
    }
  }

  /** A snapshot of everything as it is now. One copy of a broadcast state is enough: the first subtask writes it. */
  snapshot(): OperatorStateSnapshot {
    const slots = [...this.#slots.values()].filter(
      ({ state }) => state.kind !== 'broadcast' || this.#subtaskIndex === 0,
    )
    return new OperatorStateSnapshot(
      this.uid,
      slots.map((slot) => ({ state: slot.state, elements: slot.elements() })),
    )
  }

  #bind(slot: Slot): void {
    const { name } = slot.state
    assert(!this.#slots.has(name), `operator state "${name}" is bound once`)
    this.#slots.set(name, slot)
  }

  #broadcastNames(): string {
    const names = this.descriptions.flatMap(({ name, kind }) => (kind === 'broadcast' ? [`"${name}"`] : []))
    return names.length === 0 ? 'none' : names.join(', ')
  }

  #otherKind({ name, kind }: BoundOperatorState, storedKind: string): StreamcoreError {
    return new StreamcoreError(
      'STREAMCORE_STATE_MISMATCH',
      `Expected state "${name}" of operator "${this.uid}" to be a ${kind} state, got a ${storedKind} state in the checkpoint. Give the new state another name, or restore with the job version that wrote it.`,
      { details: { uid: this.uid } },
    )
  }
}
