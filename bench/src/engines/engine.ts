/** The engines that can run a workload in a process of their own. */
import type { Tally } from '../measure/tally.js'
import type { Workload } from '../workloads/workload.js'
import type { Stopwatch } from '../measure/stopwatch.js'
import { runLoop } from './loop.js'
import { runStreamcore } from './streamcore.js'

/** How a run is set up; a peer leaves out what it does not know. */
export interface Setup {
  readonly records: number
  readonly parallelism: number
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

/** What streamcore is compared with. */
export type PeerName = (typeof peerNames)[number]

/** What `--peers` may be. */
export const peerNames = ['loop'] as const

/** Everything that runs a workload. */
export type EngineName = 'streamcore' | PeerName

/** How each engine is run. */
export const engines: Readonly<Record<EngineName, RunEngine>> = { streamcore: runStreamcore, loop: runLoop }
