/** Turn-taking in production: round robin, and a yield to the event loop every millisecond. */
import { performance } from 'node:perf_hooks'
import type { Scheduler } from '../contracts/ports/scheduler.js'

const sliceElements = 256
const turnMs = 1
/** Reading the clock costs about as much as a cheap element, so it is read only every so many calls. */
const callsPerClockRead = 16

/** One per thread. */
export class NodeScheduler implements Scheduler {
  #turn = 0
  #calls = 0
  #turnStartedMs = performance.now()

  async yield(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    this.#calls = 0
    this.#turnStartedMs = performance.now()
  }

  next(count: number): number {
    this.#turn = this.#turn + 1 < count ? this.#turn + 1 : 0
    return this.#turn
  }

  sliceSize(): number {
    return sliceElements
  }

  skips(): boolean {
    return false
  }

  shouldYield(): boolean {
    this.#calls += 1
    if (this.#calls % callsPerClockRead !== 0) return false
    return performance.now() - this.#turnStartedMs >= turnMs
  }
}
