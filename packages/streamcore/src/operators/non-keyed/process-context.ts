/** The context object of calls without a key: one per operator, pointed at the current element before each call. */
import type { OutputTag } from '../../contracts/functions/output-tag.js'
import type { AnyProcessContext } from '../../contracts/functions/any-unkeyed-function.js'
import type { CurrentTime } from '../../contracts/functions/unkeyed-context.js'
import type { MapKey } from '../../contracts/key.js'
import type {
  BroadcastState,
  BroadcastStateDescriptor,
  OperatorStateDescriptors,
  OperatorStateHandles,
} from '../../contracts/state/operator-state.js'
import type { OperatorStateStore } from '../../state/operator/operator-state-store.js'
import type { Input } from '../input.js'

/** What a context is made of. */
export interface UnkeyedElementContextOptions {
  readonly state: OperatorStateHandles<OperatorStateDescriptors>
  readonly store: OperatorStateStore
  readonly timers: CurrentTime
  readonly sideOutputs: ReadonlyMap<string, Input>
}

/** The context that user functions see. Its functions are properties, so that users may take them out of it. */
export class UnkeyedElementContext implements AnyProcessContext {
  timestampMs: number = Number.NEGATIVE_INFINITY
  readonly state: OperatorStateHandles<OperatorStateDescriptors>
  readonly timers: CurrentTime
  readonly #options: UnkeyedElementContextOptions

  constructor(options: UnkeyedElementContextOptions) {
    this.state = options.state
    this.timers = options.timers
    this.#options = options
  }

  readonly output = <T>(tag: OutputTag<T>, value: T): void => {
    this.#options.sideOutputs.get(tag.id)?.processElement(value, this.timestampMs)
  }

  readonly broadcastState = <MK extends MapKey, MV>(
    descriptor: BroadcastStateDescriptor<MK, MV>,
  ): BroadcastState<MK, MV> => this.#options.store.broadcastOf(descriptor)
}
