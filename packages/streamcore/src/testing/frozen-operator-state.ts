/** Operator state whose values are frozen on the way in and on the way out. */
import type { MapKey } from '../contracts/key.js'
import type {
  BoundOperatorState,
  BroadcastState,
  BroadcastStateDescriptor,
} from '../contracts/state/operator-state.js'
import type { ListState } from '../contracts/state/state-handles.js'
import { OperatorStateStore } from '../state/operator/operator-state-store.js'
import { mapped } from './frozen-state.js'
import type { FrozenValues } from './frozen-values.js'

/** A store that gives out handles that freeze. */
export class FrozenOperatorStateStore extends OperatorStateStore {
  readonly #values: FrozenValues

  constructor(options: { readonly uid: string; readonly subtaskIndex: number }, values: FrozenValues) {
    super(options)
    this.#values = values
  }

  override listState<T>(state: BoundOperatorState): ListState<T> {
    const list = super.listState<T>(state)
    const values = this.#values
    return {
      get: () => mapped(list.get(), (value) => values.freeze(value)),
      add: (value) => list.add(values.freeze(value)),
      update: (all) => list.update([...all].map((value) => values.freeze(value))),
      clear: () => list.clear(),
    }
  }

  override broadcastOf<MK extends MapKey, MV>(
    descriptor: BroadcastStateDescriptor<MK, MV>,
  ): BroadcastState<MK, MV> {
    const state = super.broadcastOf(descriptor)
    const values = this.#values
    return {
      get: (key) => values.freeze(state.get(key)),
      put: (key, value) => state.put(key, values.freeze(value)),
      has: (key) => state.has(key),
      remove: (key) => state.remove(key),
      entries: () => mapped(state.entries(), (entry) => values.freeze(entry)),
      keys: () => state.keys(),
      isEmpty: () => state.isEmpty(),
      clear: () => state.clear(),
    }
  }
}
