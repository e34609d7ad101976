/** The clock of one simulated process: it goes only when events happen. */
import { StreamcoreError } from '../contracts/errors.js'
import type { Clock } from '../contracts/ports/clock.js'
import type { Incarnation } from './incarnation.js'

/** Time of the world, plus what the wall clock has been set wrong. */
export class VirtualClock implements Clock {
  readonly #incarnation: Incarnation
  #wallSkewMs = 0

  constructor(incarnation: Incarnation) {
    this.#incarnation = incarnation
  }

  wallMs(): number {
    return this.#incarnation.world.wallMs + this.#wallSkewMs
  }

  monotonicMs(): number {
    return this.#incarnation.world.nowMs
  }

  /** Sets the wall clock forward or back, as an administrator or NTP does. */
  jumpWall(byMs: number): void {
    this.#wallSkewMs += byMs
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    const incarnation = this.#incarnation
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        incarnation.whileRunning(() => reject(cancelled(signal)))
      }
      if (signal?.aborted) return cancel()
      signal?.addEventListener('abort', cancel, { once: true })
      const wake = (): void => {
        signal?.removeEventListener('abort', cancel)
        resolve()
      }
      incarnation.whileRunning(() => {
        incarnation.world.schedule(Math.max(0, durationMs), () => incarnation.whileRunning(wake))
      })
    })
  }
}

function cancelled(signal: AbortSignal | undefined): StreamcoreError {
  return new StreamcoreError('STREAMCORE_CANCELLED', 'The sleep was cancelled by its signal', {
    cause: signal?.reason,
  })
}
