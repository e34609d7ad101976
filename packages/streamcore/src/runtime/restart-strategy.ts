/** When a failed job starts again: never, after a fixed delay, or after growing ones; always a bounded number of times. */
import { TerminalError } from '../contracts/errors.js'

/** A restart strategy. Attempts count from the last checkpoint that completed. */
export type RestartStrategy = RestartOptions &
  (
    | { readonly kind: 'none' }
    | { readonly kind: 'fixed-delay'; readonly attempts: number; readonly delayMs: number }
    | {
        readonly kind: 'exponential-delay'
        readonly attempts: number
        readonly initialDelayMs: number
        readonly maxDelayMs: number
        readonly multiplier: number
      }
  )

/** What any strategy can say. */
export interface RestartOptions {
  /**
   * A start that fails is told at once, because an address or a path is probably wrong; only what happens to a job that has
   * run is waited for.
   */
  readonly afterStartOnly?: boolean
}

/** Never restart. */
export function noRestart(): RestartStrategy {
  return { kind: 'none' }
}

/** Up to `attempts` restarts, each after `delayMs`. */
export function fixedDelay(attempts: number, delayMs: number): RestartStrategy {
  return { kind: 'fixed-delay', attempts, delayMs }
}

/** Up to `attempts` restarts after delays that grow by `multiplier` up to `maxDelayMs`. */
export function exponentialDelay(
  options: { attempts?: number; initialDelayMs?: number; maxDelayMs?: number; multiplier?: number } = {},
): RestartStrategy {
  return {
    kind: 'exponential-delay',
    attempts: options.attempts ?? 10,
    initialDelayMs: options.initialDelayMs ?? 100,
    maxDelayMs: options.maxDelayMs ?? 10_000,
    multiplier: options.multiplier ?? 2,
  }
}

/** How long to wait before restart number `attempt` (from 1); undefined when the job ends. */
export function restartDelayMs(
  strategy: RestartStrategy,
  attempt: number,
  error: unknown,
): number | undefined {
  if (error instanceof TerminalError || strategy.kind === 'none' || attempt > strategy.attempts)
    return undefined
  if (strategy.kind === 'fixed-delay') return strategy.delayMs
  return Math.min(strategy.maxDelayMs, strategy.initialDelayMs * strategy.multiplier ** (attempt - 1))
}
