/** A user's keyed function in the one shape the operator calls, whatever style it was written in. */
import type { AnyKeyedContext, AnyKeyedFunction } from '../../contracts/functions/any-keyed-function.js'
import { type EmittingCall, emittingCall } from '../emitting-call.js'

/** One user callback. */
export type KeyedCall = EmittingCall<AnyKeyedContext>

/** The callbacks of a keyed function. */
export interface KeyedCalls {
  /** One per input. */
  readonly elements: readonly KeyedCall[]
  readonly timer: KeyedCall | undefined
  readonly message: KeyedCall | undefined
}

/** Takes a function object apart. Methods are called on their object, so that `this` works. */
export function keyedCalls(fn: AnyKeyedFunction, inputCount: 1 | 2): KeyedCalls {
  const drained = fn.emits === undefined
  const elements: KeyedCall[] =
    inputCount === 1
      ? [emittingCall(drained, (value, ctx, out) => fn.processElement?.(value, ctx, out))]
      : [
          emittingCall(drained, (value, ctx, out) => fn.processElement1?.(value, ctx, out)),
          emittingCall(drained, (value, ctx, out) => fn.processElement2?.(value, ctx, out)),
        ]
  return {
    elements,
    timer:
      fn.onTimer === undefined
        ? undefined
        : emittingCall(drained, (_, ctx, out) => fn.onTimer?.(ctx.timestampMs, ctx, out)),
    message:
      fn.onMessage === undefined
        ? undefined
        : emittingCall(drained, (value, ctx, out) => fn.onMessage?.(value, ctx, out)),
  }
}
