/** Time comes in through this port. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump. */
  wallMs(): number
  /** Milliseconds of a clock that never goes back; for intervals and time-outs. */
  monotonicMs(): number
  /** Resolves after `durationMs`; rejects with `STREAMCORE_CANCELLED` when the signal aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
}
