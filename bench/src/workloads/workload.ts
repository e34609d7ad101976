/** What a workload is: the same work as a streamcore job and as a hand-written loop, and a third way to its result. */
import type { Job, NoParams } from 'streamcore'
import type { Stopwatch } from '../measure/stopwatch.js'
import type { RunningTally, Tally } from '../measure/tally.js'

/** One run of one engine. */
export interface Run {
  readonly records: number
  readonly parallelism: number
  readonly stopwatch: Stopwatch
  readonly tally: RunningTally
}

/** A workload that every engine runs. */
export interface Workload {
  readonly name: string
  /** One line for `--help` and the table. */
  readonly summary: string
  /** How many records a run has unless it is told otherwise: enough for a few seconds. */
  readonly defaultRecords: number
  /** Whether streamcore runs each of several subtasks in a worker thread of its own, as pays for a job of much work per record. */
  readonly usesWorkers?: boolean
  /** The work as a job; its source and its sink report to the run. */
  job(run: Run): Job<NoParams>
  /** The work as a loop somebody would write by hand for nothing but this. */
  loop(run: Run): void
  /** The result, found in another way than the engines find it. */
  expected(records: number): Tally
}
