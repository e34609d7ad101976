/** Turn-taking for tests: round robin, the same in every run. */
import type { Scheduler } from '../contracts/ports/scheduler.js'

/** Slices between two yields. */
const slicesPerTurn = 4

/** Options of {@link TurnScheduler}. */
export interface TurnSchedulerOptions {
  /** Elements per slice. */
  readonly sliceSize?: number
  /** Called at each yield: a test's clock lets work take time. */
  readonly onYield?: () => void
}

/** Round robin; yields after a fixed number of slices, because a test has no time of its own. */
export class TurnScheduler implements Scheduler {
  readonly #options: TurnSchedulerOptions
  #turn = 0
  #slices = 0

  constructor(options: TurnSchedulerOptions = {}) {
    this.#options = options
  }

  async yield(): Promise<void> {
    this.#slices = 0
    this.#options.onYield?.()
    await nextMacrotask()
  }

  next(count: number): number {
    this.#turn = this.#turn + 1 < count ? this.#turn + 1 : 0
    return this.#turn
  }

  sliceSize(): number {
    return this.#options.sliceSize ?? 64
  }

  skips(): boolean {
    return false
  }

  shouldYield(): boolean {
    this.#slices++
    return this.#slices >= slicesPerTurn
  }
}

/** Resolves after everything else that is ready now, input and output included; without a timer, which tests may fake. */
export async function nextMacrotask(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  await new Promise((resolve) => {
    port1.once('message', resolve)
    port2.postMessage(undefined)
  })
  port1.close()
}
