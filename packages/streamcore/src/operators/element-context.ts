/** What functions with and without a key get beside each element: one object per operator, pointed at the current element. */
import type { OutputTag } from '../contracts/functions/output-tag.js'
import type { MapKey } from '../contracts/key.js'
import type { BroadcastState, BroadcastStateDescriptor } from '../contracts/state/operator-state.js'
import type { OperatorStateStore } from '../state/operator/operator-state-store.js'
import type { Input } from './input.js'

/** What a context is made of. */
export interface ElementContextOptions<STATE, TIMERS> {
  readonly state: STATE
  readonly timers: TIMERS
  readonly sideOutputs: ReadonlyMap<string, Input>
  /** Holds the broadcast states; empty where no stream is broadcast. */
  readonly store: OperatorStateStore
}

/** The context that user functions see. Its functions are properties, so that users may take them out of it. */
export class ElementContext<STATE, TIMERS> {
  timestampMs: number = Number.NEGATIVE_INFINITY
  readonly state: STATE
  readonly timers: TIMERS
  readonly #sideOutputs: ReadonlyMap<string, Input>
  readonly #store: OperatorStateStore

  constructor({ state, timers, sideOutputs, store }: ElementContextOptions<STATE, TIMERS>) {
    this.state = state
    this.timers = timers
    this.#sideOutputs = sideOutputs
    this.#store = store
  }

  readonly output = <T>(tag: OutputTag<T>, value: T): void => {
    this.#sideOutputs.get(tag.id)?.processElement(value, this.timestampMs)
  }

  /** It refuses changes by itself while they are not allowed, whatever the types say. */
  readonly broadcastState = <MK extends MapKey, MV>(
    descriptor: BroadcastStateDescriptor<MK, MV>,
  ): BroadcastState<MK, MV> => this.#store.broadcastOf(descriptor)
}
