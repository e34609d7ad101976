/** A keyed function that says for which key it is being called, before each call. */
import type { AnyKeyedContext, AnyKeyedFunction } from '../contracts/functions/any-keyed-function.js'
import type { Collector } from '../contracts/functions/process-context.js'
import type { Key } from '../contracts/key.js'
import type { StateDescriptors } from '../contracts/state/state-descriptors.js'

/** The function with its calls watched; `state` may replace its descriptors. */
export function observedFunction(
  fn: AnyKeyedFunction,
  note: (key: Key) => void,
  state: StateDescriptors = fn.state,
): AnyKeyedFunction {
  const noted =
    (call: UserCall): UserCall =>
    (value, ctx, out) => {
      note(ctx.key)
      return call(value, ctx, out)
    }
  return {
    uid: fn.uid,
    state,
    ...(fn.sendsToKeys === undefined ? {} : { sendsToKeys: fn.sendsToKeys }),
    ...(fn.emits === undefined ? {} : { emits: fn.emits }),
    processElement: noted((value, ctx, out) => fn.processElement?.(value, ctx, out)),
    processElement1: noted((value, ctx, out) => fn.processElement1?.(value, ctx, out)),
    processElement2: noted((value, ctx, out) => fn.processElement2?.(value, ctx, out)),
    processBroadcastElement: (value, ctx, out) => {
      // It belongs to no key.
      note('')
      return fn.processBroadcastElement?.(value, ctx, out)
    },
    // Their absence means something, so they are only there where the function has them.
    ...(fn.onTimer === undefined
      ? {}
      : {
          onTimer: (timestampMs: number, ctx: AnyKeyedContext, out: Collector<unknown>) => {
            note(ctx.key)
            return fn.onTimer?.(timestampMs, ctx, out)
          },
        }),
    ...(fn.onMessage === undefined
      ? {}
      : { onMessage: noted((message, ctx, out) => fn.onMessage?.(message, ctx, out)) }),
  }
}

type UserCall = (value: unknown, ctx: AnyKeyedContext, out: Collector<unknown>) => Iterable<unknown> | void
