// Keyed state in memory for one subtask: the real handles' contract, with snapshots, and values that cannot be changed.
import {
  assert,
  type ListState,
  type MapKey,
  type MapState,
  type ReducingState,
  type StateBinder,
  type ValueState,
} from 'streamcore'

/** Puts back what a snapshot has seen. */
export type Restore = () => void

/** The states of one subtask; `key` is the current one. */
export class MemoryState implements StateBinder {
  key = ''
  readonly #snapshots: (() => Restore)[] = []
  readonly #keys: (() => Iterable<string>)[] = []

  /** All keys that have some state. */
  keys(): ReadonlySet<string> {
    return new Set(this.#keys.flatMap((keysOf) => [...keysOf()]))
  }

  snapshot(): Restore {
    const restores = this.#snapshots.map((take) => take())
    return () => {
      for (const restore of restores) restore()
    }
  }

  valueState<T>(): ValueState<T> {
    let values = new Map<string, T>()
    this.#keys.push(() => values.keys())
    this.#snapshots.push(() => {
      const copy = new Map(values)
      return () => {
        values = new Map(copy)
      }
    })
    return {
      value: () => values.get(this.key),
      update: (value) => void values.set(this.key, frozen(value)),
      clear: () => void values.delete(this.key),
    }
  }

  listState<T>(): ListState<T> {
    const value = this.valueState<readonly T[]>()
    return {
      get: () => value.value() ?? [],
      add: (each) => value.update([...(value.value() ?? []), each]),
      update: (each) => value.update([...each]),
      clear: () => value.clear(),
    }
  }

  mapState<MK extends MapKey, MV>(): MapState<MK, MV> {
    const value = this.valueState<ReadonlyMap<MK, MV>>()
    const current = () => value.value() ?? new Map<MK, MV>()
    return {
      get: (key) => current().get(key),
      put: (key, each) => value.update(new Map([...current(), [key, frozen(each)]])),
      has: (key) => current().has(key),
      remove: (key) => {
        const left = new Map([...current()].filter(([each]) => each !== key))
        if (left.size === 0) value.clear()
        else value.update(left)
      },
      entries: () => current(),
      keys: () => current().keys(),
      isEmpty: () => current().size === 0,
      clear: () => value.clear(),
    }
  }

  reducingState<T>(): ReducingState<T> {
    assert(false, 'no operator under test reduces')
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    if (!(value instanceof Map)) for (const each of Object.values(value)) frozen(each)
  }
  return value
}
