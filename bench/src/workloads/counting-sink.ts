/** A sink that keeps nothing but the tally: every engine pays the same for it, next to nothing. */
import type { AtLeastOnceSink, SinkWriter } from 'streamcore'
import type { RunningTally } from '../measure/tally.js'
import type { Run } from './workload.js'

/** Counts records and sums `checkOf(record)` as signed 32-bit integers. */
export function countingSink<T>(run: Run, checkOf: (value: T) => number): AtLeastOnceSink<T> {
  return {
    kind: 'counting',
    delivery: 'at-least-once',
    config: null,
    createWriter: async () => new CountingWriter(run, checkOf),
  }
}

class CountingWriter<T> implements SinkWriter<T, never> {
  readonly #run: Run
  readonly #tally: RunningTally
  readonly #checkOf: (value: T) => number

  constructor(run: Run, checkOf: (value: T) => number) {
    this.#run = run
    this.#tally = run.tally
    this.#checkOf = checkOf
  }

  write(value: T): void {
    const tally = this.#tally
    const checkOf = this.#checkOf
    tally.out++
    tally.sum += checkOf(value) | 0
  }

  /** The last barrier follows the end of input, so the last of these calls marks it. */
  prepareCommit(): readonly never[] {
    this.#run.stopwatch.stop()
    return []
  }

  pendingBytes(): number {
    return 0
  }

  async close(): Promise<void> {}
}
