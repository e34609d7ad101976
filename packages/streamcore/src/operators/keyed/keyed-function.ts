/** A user's keyed function in the one shape the operator calls, whatever style it was written in. */
import type { AnyKeyedContext, AnyKeyedFunction } from '../../contracts/functions/any-keyed-function.js'
import type { Collector } from '../../contracts/functions/process-context.js'

/** One user callback: takes a value, emits through the collector. */
export type KeyedCall = (value: unknown, ctx: AnyKeyedContext, out: Collector<unknown>) => void

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
      ? [call(drained, (value, ctx, out) => fn.processElement?.(value, ctx, out))]
      : [
          call(drained, (value, ctx, out) => fn.processElement1?.(value, ctx, out)),
          call(drained, (value, ctx, out) => fn.processElement2?.(value, ctx, out)),
        ]
  return {
    elements,
    timer:
      fn.onTimer === undefined
        ? undefined
        : call(drained, (_, ctx, out) => fn.onTimer?.(ctx.timestampMs, ctx, out)),
    message:
      fn.onMessage === undefined
        ? undefined
        : call(drained, (value, ctx, out) => fn.onMessage?.(value, ctx, out)),
  }
}

type RawCall = (value: unknown, ctx: AnyKeyedContext, out: Collector<unknown>) => Iterable<unknown> | void

/** A yielding function is drained at once: one element is atomic. */
function call(isDrained: boolean, raw: RawCall): KeyedCall {
  if (!isDrained) return raw
  return (value, ctx, out) => {
    const results = raw(value, ctx, out)
    if (results === undefined) return
    for (const result of results) out.collect(result)
  }
}
