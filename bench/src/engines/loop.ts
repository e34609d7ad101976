/** The peer `loop`: the work as hand-written TypeScript, on one core and without checkpoints. */
import type { Stopwatch } from '../measure/stopwatch.js'
import type { Tally } from '../measure/tally.js'
import type { Workload } from '../workloads/workload.js'
import type { Setup } from './engine.js'

/** Runs the loop over all records in one thread, whatever the parallelism of the job beside it is. */
export async function runLoop(workload: Workload, setup: Setup, stopwatch: Stopwatch): Promise<Tally> {
  const tally = { out: 0, sum: 0 }
  workload.loop({ records: setup.records, parallelism: 1, stopwatch, tally })
  return tally
}
