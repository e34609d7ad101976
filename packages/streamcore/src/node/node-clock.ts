/** The clocks of this machine. */
import { performance } from 'node:perf_hooks'
import { StreamcoreError } from '../contracts/errors.js'
import type { Clock } from '../contracts/ports/clock.js'

/** A timer of Node.js that is set for longer fires at once. */
const timerMsMax = 2 ** 31 - 1

/** System time, and timers of the event loop. */
export class NodeClock implements Clock {
  wallMs(): number {
    return Date.now()
  }

  monotonicMs(): number {
    return performance.now()
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    let leftMs = durationMs
    for (; leftMs > timerMsMax; leftMs -= timerMsMax) await this.#sleep(timerMsMax, signal)
    await this.#sleep(leftMs, signal)
  }

  #sleep(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(signal))
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(cancelled(signal))
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, durationMs)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}

function cancelled(signal: AbortSignal | undefined): StreamcoreError {
  return new StreamcoreError('STREAMCORE_CANCELLED', 'The sleep was cancelled by its signal', {
    cause: signal?.reason,
  })
}
