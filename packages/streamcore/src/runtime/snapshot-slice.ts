/** How much of a snapshot is written between two looks at the inputs: about as much as takes two milliseconds. */
import type { Scheduler } from '../contracts/ports/scheduler.js'

const targetMs = 2
const factorMax = 32
/** What a snapshot begins with at most: its entries may be slower than those of the one before. */
const firstFactorMax = 4

/** Grows while slices are quick and shrinks when one was slow: how long an entry takes depends on what it holds. */
export class SnapshotSlice {
  readonly #scheduler: Scheduler
  /** Slices of the scheduler per slice of the snapshot. */
  #factor = 1

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Another snapshot begins. */
  restart(): void {
    this.#factor = Math.min(this.#factor, firstFactorMax)
  }

  /** Entries of the next slice. */
  entries(): number {
    return Math.max(1, Math.floor(this.#scheduler.sliceSize() * this.#factor))
  }

  /** How long the last slice took, its pieces handed over. */
  took(durationMs: number): void {
    if (durationMs < targetMs / 2) this.#factor = Math.min(factorMax, this.#factor * 2)
    else if (durationMs > 2 * targetMs) this.#factor = Math.max(1 / 64, this.#factor / 2)
  }
}
