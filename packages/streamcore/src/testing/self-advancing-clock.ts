/** A clock for whole jobs in tests: when the job has nothing to do, time jumps to the next moment somebody waits for. */
import type { Clock } from '../contracts/ports/clock.js'
import { ManualClock } from './manual-clock.js'
import { nextMacrotask } from './turn-scheduler.js'

/**
 * Nobody waits for real: a restart delay of a minute passes at once. Work takes time too, a millisecond per turn, so that
 * periodic checkpoints come while a job is busy.
 */
export class SelfAdvancingClock implements Clock {
  readonly #time: ManualClock
  /** Counts what happened; as long as it grows the job is busy. */
  #activity = 0
  #isPumping = false
  #isStopped = false

  /** `startMs` is the wall-clock time at the start. */
  constructor(startMs = 0) {
    this.#time = new ManualClock(startMs)
  }

  wallMs(): number {
    return this.#time.wallMs()
  }

  monotonicMs(): number {
    return this.#time.monotonicMs()
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    this.#activity++
    const slept = this.#time.sleep(durationMs, signal)
    if (!this.#isPumping && !this.#isStopped) void this.#pump()
    await slept
  }

  /** A turn of work has been done. */
  work(): void {
    this.#activity++
    this.#time.advance(1)
  }

  /** Time stands still from now on, so that nothing keeps the process busy. */
  stop(): void {
    this.#isStopped = true
  }

  async #pump(): Promise<void> {
    this.#isPumping = true
    while (!this.#isStopped && this.#time.nextWakeMs() < Number.POSITIVE_INFINITY) {
      const before = this.#activity
      await nextMacrotask()
      const waitMs = this.#time.nextWakeMs() - this.#time.monotonicMs()
      // Whoever slept may have been cancelled meanwhile.
      if (this.#activity === before && waitMs < Number.POSITIVE_INFINITY) this.#time.advance(waitMs)
    }
    this.#isPumping = false
  }
}
