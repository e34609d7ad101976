/** Aggregating state: values folded into an accumulator of another type, with a result computed from it. */
import {
  reducingState,
  type StateBinder,
  type StateDescriptor,
  type StateOptions,
} from './state-descriptors.js'
import type { ReducingState } from './state-handles.js'

/** How values become an accumulator and an accumulator a result. `add` may change the accumulator in place. */
export interface StateAggregate<IN, ACC, OUT> {
  createAccumulator(): ACC
  add(accumulator: ACC, value: IN): ACC
  getResult(accumulator: ACC): OUT
}

/** An aggregate per key. */
export interface AggregatingState<IN, OUT> {
  /** The result of what was added since the last `clear`; undefined when nothing was. */
  get(): OUT | undefined
  add(value: IN): void
  clear(): void
}

/** What the reducing state below holds, and what is added to it: an accumulator first, then values. */
type Folded<IN, ACC> =
  | { readonly kind: 'accumulator'; accumulator: ACC }
  | { readonly kind: 'value'; readonly value: IN }

/** An aggregate per key. In checkpoints it is a reducing state that holds `{ kind: 'accumulator', accumulator }`. */
export function aggregatingState<IN, ACC, OUT>(
  name: string,
  aggregate: StateAggregate<IN, ACC, OUT>,
  options: StateOptions = {},
): StateDescriptor<AggregatingState<IN, OUT>> {
  const reducing = reducingState<Folded<IN, ACC>>(
    name,
    (folded, added) => {
      if (folded.kind === 'accumulator' && added.kind === 'value') {
        folded.accumulator = aggregate.add(folded.accumulator, added.value)
      }
      return folded
    },
    options,
  )
  return Object.freeze({
    ...reducing,
    bind: (binder: StateBinder) => aggregating(reducing.bind(binder), aggregate, options.ttl !== undefined),
  })
}

function aggregating<IN, ACC, OUT>(
  state: ReducingState<Folded<IN, ACC>>,
  aggregate: StateAggregate<IN, ACC, OUT>,
  canExpire: boolean,
): AggregatingState<IN, OUT> {
  return {
    get: () => {
      const folded = state.get()
      return folded?.kind === 'accumulator' ? aggregate.getResult(folded.accumulator) : undefined
    },
    add: (value) => {
      if (state.get() !== undefined) {
        state.add({ kind: 'value', value })
        // What had expired was replaced by what was to be added to it.
        if (!canExpire || state.get()?.kind !== 'value') return
        state.clear()
      }
      state.add({
        kind: 'accumulator',
        accumulator: aggregate.add(aggregate.createAccumulator(), value),
      })
    },
    clear: () => state.clear(),
  }
}
