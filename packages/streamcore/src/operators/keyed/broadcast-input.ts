/** The broadcast input of a keyed operator: its elements reach every subtask, so no key is current. */
import type { AnyProcessContext } from '../../contracts/functions/any-unkeyed-function.js'
import type { AnyKeyedFunction } from '../../contracts/functions/any-keyed-function.js'
import type { CurrentTime } from '../../contracts/functions/unkeyed-context.js'
import type { OperatorStateStore } from '../../state/operator/operator-state-store.js'
import { ElementContext } from '../element-context.js'
import { emittingCall } from '../emitting-call.js'
import type { Input, InputEvents } from '../input.js'
import { UnkeyedInput } from '../non-keyed/unkeyed-input.js'
import type { OperatorContext } from '../operator-context.js'
import { OutputCollector } from '../output-collector.js'

/** Options of {@link broadcastInput}. */
export interface BroadcastInputOptions {
  readonly context: OperatorContext
  readonly fn: AnyKeyedFunction
  readonly store: OperatorStateStore
  readonly output: Input
  readonly sideOutputs: ReadonlyMap<string, Input>
  readonly timers: CurrentTime
  readonly events: InputEvents
}

/** An input that calls `processBroadcastElement`. */
export function broadcastInput(options: BroadcastInputOptions): Input {
  const { context, fn, store, sideOutputs, timers, events } = options
  const element = new ElementContext({ state: {}, store, timers, sideOutputs })
  return new UnkeyedInput({
    context,
    element,
    collector: new OutputCollector(options.output, element),
    call: emittingCall<AnyProcessContext>(fn.emits === undefined, (value, ctx, out) =>
      fn.processBroadcastElement?.(value, ctx, out),
    ),
    callName: 'processBroadcastElement',
    writes: store,
    ...events,
  })
}
