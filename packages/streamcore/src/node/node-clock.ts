/** The clocks of this machine. */
import { performance } from 'node:perf_hooks'
import { StreamcoreError } from '../contracts/errors.js'
import type { Clock } from '../contracts/ports/clock.js'

/** System time, and timers of the event loop. */
export class NodeClock implements Clock {
  wallMs(): number {
    return Date.now()
  }

  monotonicMs(): number {
    return performance.now()
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
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
