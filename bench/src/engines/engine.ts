/** How a run of an engine is set up, and what an engine that runs in our own process offers. */
import type { Tally } from '../measure/tally.js'
import type { Workload } from '../workloads/workload.js'
import type { Stopwatch } from '../measure/stopwatch.js'

/** How a run is set up; a peer leaves out what it does not know. */
export interface Setup {
  readonly records: number
  readonly parallelism: number
  /** Threads that streamcore runs its subtasks in. */
  readonly workers: number
  readonly state: StateName
  /** Interval of checkpoints; 0 is off. */
  readonly checkpointMs: number
}

/** Where keyed state is kept. */
export type StateName = (typeof stateNames)[number]

/** What `--state` may be. */
export const stateNames = ['heap', 'leveldb'] as const

/** Runs a workload once and says what came out. */
export type RunEngine = (workload: Workload, setup: Setup, stopwatch: Stopwatch) => Promise<Tally>
