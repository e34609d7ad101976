/** State handles whose values are frozen on the way in and on the way out. */
import type { MapKey } from '../contracts/key.js'
import type { StateBinder, StateDescription, StateDescriptors } from '../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../contracts/state/state-handles.js'
import type { FrozenValues } from './frozen-values.js'

/** The same descriptors, bound to handles that freeze. */
export function frozenState(state: StateDescriptors, values: FrozenValues): StateDescriptors {
  const frozen: [string, StateDescriptors[string]][] = Object.entries(state).map(([name, descriptor]) => [
    name,
    { ...descriptor, bind: (binder) => descriptor.bind(new FrozenBinder(binder, values)) },
  ])
  return Object.fromEntries(frozen)
}

class FrozenBinder implements StateBinder {
  readonly #binder: StateBinder
  readonly #values: FrozenValues

  constructor(binder: StateBinder, values: FrozenValues) {
    this.#binder = binder
    this.#values = values
  }

  valueState<T>(description: StateDescription): ValueState<T> {
    const state = this.#binder.valueState<T>(description)
    const values = this.#values
    return {
      value: () => values.freeze(state.value()),
      update: (value) => state.update(values.freeze(value)),
      clear: () => state.clear(),
    }
  }

  listState<T>(description: StateDescription): ListState<T> {
    const state = this.#binder.listState<T>(description)
    const values = this.#values
    return {
      get: () => mapped(state.get(), (value) => values.freeze(value)),
      add: (value) => state.add(values.freeze(value)),
      update: (list) => state.update([...list].map((value) => values.freeze(value))),
      clear: () => state.clear(),
    }
  }

  mapState<MK extends MapKey, MV>(description: StateDescription): MapState<MK, MV> {
    const state = this.#binder.mapState<MK, MV>(description)
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

  /** The accumulator belongs to the engine and may change in place; the first value added becomes it. */
  reducingState<T>(description: StateDescription, reduce: (accumulator: T, value: T) => T): ReducingState<T> {
    return this.#binder.reducingState<T>(description, reduce)
  }
}

/** Keeps that `get` iterates the state as it was at the call. */
export function mapped<T, R>(values: Iterable<T>, map: (value: T) => R): Iterable<R> {
  return {
    *[Symbol.iterator]() {
      for (const value of values) yield map(value)
    },
  }
}
