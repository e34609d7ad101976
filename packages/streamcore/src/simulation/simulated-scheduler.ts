/** Turn-taking drawn from the seed; each incarnation has habits of its own, so that runs differ in kind. */
import type { Random } from '../contracts/ports/random.js'
import type { Scheduler } from '../contracts/ports/scheduler.js'
import type { Incarnation } from './incarnation.js'

const sliceSizes = [1, 3, 16, 256]
const yieldChances = [0.02, 0.2, 0.5]
const turnMsMax = 6
const skipChances = [0, 0.3, 0.8]

/** Any order of turns that the real scheduler could take, and many it never would. */
export class SimulatedScheduler implements Scheduler {
  readonly #incarnation: Incarnation
  readonly #random: Random
  readonly #sliceSizeMax: number
  readonly #yieldChance: number
  readonly #skipChance: number

  constructor(incarnation: Incarnation, random: Random) {
    this.#incarnation = incarnation
    this.#random = random
    this.#sliceSizeMax = sliceSizes[random.below(sliceSizes.length)] ?? 1
    this.#skipChance = skipChances[random.below(skipChances.length)] ?? 0
    this.#yieldChance = yieldChances[random.below(yieldChances.length)] ?? 1
  }

  yield(): Promise<void> {
    const incarnation = this.#incarnation
    return new Promise((resolve) => {
      incarnation.whileRunning(() => {
        incarnation.world.schedule(this.#turnMs(), () => incarnation.whileRunning(resolve))
      })
    })
  }

  /** Work takes time: otherwise no timer, checkpoint or fault would ever meet a half-read batch. */
  #turnMs(): number {
    return this.#random.below(4) === 0 ? this.#random.below(turnMsMax) : 0
  }

  next(count: number): number {
    return this.#random.below(count)
  }

  sliceSize(): number {
    return 1 + this.#random.below(this.#sliceSizeMax)
  }

  skips(): boolean {
    return this.#random.float() < this.#skipChance
  }

  shouldYield(): boolean {
    return this.#random.float() < this.#yieldChance
  }
}
