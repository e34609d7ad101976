/** A clock that stands still until a test moves it. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Clock } from '../contracts/ports/clock.js'

interface Sleeper {
  readonly wakeMs: number
  readonly wake: () => void
}

/** Time for tests: both clocks move together by `advance`, the wall clock alone by `setWall`. */
export class ManualClock implements Clock {
  /** In order of waking; of equal times the first that went to sleep comes first. */
  readonly #sleepers: Sleeper[] = []
  #nowMs = 0
  #wallOffsetMs: number

  /** `startMs` is the wall-clock time at the start. */
  constructor(startMs = 0) {
    this.#wallOffsetMs = startMs
  }

  wallMs(): number {
    return this.#nowMs + this.#wallOffsetMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(signal))
      const sleeper = {
        wakeMs: this.#nowMs + Math.max(0, durationMs),
        wake: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      const onAbort = () => {
        this.#remove(sleeper)
        reject(cancelled(signal))
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#insert(sleeper)
    })
  }

  /** Monotonic time at which the next sleeper wakes; Infinity when nobody sleeps. */
  nextWakeMs(): number {
    return this.#sleepers[0]?.wakeMs ?? Number.POSITIVE_INFINITY
  }

  /** Moves time on and wakes whoever is due, in order; what they do next happens after this call. */
  advance(durationMs: number): void {
    assert(
      durationMs >= 0 && durationMs < Number.POSITIVE_INFINITY,
      'time goes forward only, and not for ever',
    )
    this.#nowMs += durationMs
    while (this.nextWakeMs() <= this.#nowMs) this.#sleepers.shift()?.wake()
  }

  /** Sets the wall clock, as an administrator or NTP does: intervals do not notice. */
  setWall(wallMs: number): void {
    this.#wallOffsetMs = wallMs - this.#nowMs
  }

  #insert(sleeper: Sleeper): void {
    let at = this.#sleepers.length
    while (at > 0 && (this.#sleepers[at - 1]?.wakeMs ?? 0) > sleeper.wakeMs) at--
    this.#sleepers.splice(at, 0, sleeper)
  }

  #remove(sleeper: Sleeper): void {
    const at = this.#sleepers.indexOf(sleeper)
    if (at >= 0) this.#sleepers.splice(at, 1)
  }
}

function cancelled(signal: AbortSignal | undefined): StreamcoreError {
  return new StreamcoreError('STREAMCORE_CANCELLED', 'The sleep was cancelled by its signal', {
    cause: signal?.reason,
  })
}
