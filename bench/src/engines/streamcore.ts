/** streamcore itself, as a user would run it: `execute` from `streamcore/node`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levelStateBackend } from 'streamcore/leveldb'
import { execute } from 'streamcore/node'
import type { Stopwatch } from '../measure/stopwatch.js'
import type { Tally } from '../measure/tally.js'
import type { Workload } from '../workloads/workload.js'
import type { Setup } from './engine.js'
import { quietLogger } from './quiet-logger.js'

/** Checkpoints are off: only the one at the end of input is left. The longest time a timer can wait, 24 days. */
const offMs = 2 ** 31 - 1

/** Runs the job. Checkpoints and the working state of LevelDB go to a directory that is removed afterwards. */
export async function runStreamcore(workload: Workload, setup: Setup, stopwatch: Stopwatch): Promise<Tally> {
  const { records, parallelism, checkpointMs } = setup
  const tally = { out: 0, sum: 0 }
  const job = workload.job({ records, parallelism, stopwatch, tally })
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-bench-'))
  const options = {
    parallelism,
    logger: quietLogger,
    checkpoint: { intervalMs: checkpointMs === 0 ? offMs : checkpointMs },
    ...(checkpointMs === 0 ? {} : { state: directory }),
    ...(setup.state === 'heap' ? {} : { stateBackend: levelStateBackend({ directory }) }),
  }
  try {
    await (await execute(job, {}, options)).result
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return tally
}
