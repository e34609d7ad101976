/** A user's callback in the one shape operators call, whether it yields what it emits or collects it. */
import type { Collector } from '../contracts/functions/process-context.js'

/** Takes a value, emits through the collector. */
export type EmittingCall<CTX> = (value: unknown, ctx: CTX, out: Collector<unknown>) => void

/** What users write. */
export type UserCallback<CTX> = (
  value: unknown,
  ctx: CTX,
  out: Collector<unknown>,
) => Iterable<unknown> | void

/** A yielding function is drained at once: one element is atomic. */
export function emittingCall<CTX>(isDrained: boolean, callback: UserCallback<CTX>): EmittingCall<CTX> {
  if (!isDrained) return callback
  return (value, ctx, out) => {
    const results = callback(value, ctx, out)
    if (results === undefined) return
    for (const result of results) out.collect(result)
  }
}
