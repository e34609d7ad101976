/** reduce, written as a keyed function: a folded value per key, emitted after each record. */
import type { AnyKeyedFunction } from '../../contracts/functions/any-keyed-function.js'
import { type } from '../../contracts/schema.js'
import { reducingState } from '../../contracts/state/state-descriptors.js'
import type { ReducingState } from '../../contracts/state/state-handles.js'

/** The keyed function of a reduce, for one subtask. */
export function reduceFunction(
  uid: string,
  reduce: (accumulator: unknown, value: unknown) => unknown,
): AnyKeyedFunction {
  const accumulator = reducingState<unknown>('accumulator', reduce)
  let handle: ReducingState<unknown> | undefined
  return {
    uid,
    // The handle is kept when the descriptor is bound, because erased handles are unknown to the type system.
    state: {
      accumulator: {
        ...accumulator,
        bind: (binder) => {
          handle = accumulator.bind(binder)
          return handle
        },
      },
    },
    emits: type<unknown>(),
    processElement(value, _, out) {
      handle?.add(value)
      out.collect(handle?.get())
    },
  }
}
