/** streamcore itself, as a user would run it: `execute` from `streamcore/node`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levelStateBackend } from 'streamcore/leveldb'
import { execute } from 'streamcore/node'
import { rocksdbManagedMb } from '../java/java-engines.js'
import { shareRun } from '../measure/shared-run.js'
import type { Stopwatch } from '../measure/stopwatch.js'
import type { Tally } from '../measure/tally.js'
import type { Workload } from '../workloads/workload.js'
import type { Setup } from './engine.js'
import { quietLogger } from './quiet-logger.js'
import type { ThreadedJobParams } from './threaded-job.js'

/** Checkpoints are off: only the one at the end of input is left. The longest time a timer can wait, 24 days. */
const offMs = 2 ** 31 - 1

const mebibyte = 1_024 * 1_024

/**
 * Together no more than what Flink gives to RocksDB: LevelDB's own cache and its two write buffers, the cache of entries, and
 * its filter, an eighth of that. Every workload has at most one keyed operator.
 */
function levelCacheBytes(parallelism: number): number {
  return (rocksdbManagedMb / parallelism - 3 * 16) * mebibyte * (8 / 9)
}

const threadedJob = new URL('./threaded-job.js', import.meta.url)

/** Runs the job. Checkpoints and the working state of LevelDB go to a directory that is removed afterwards. */
export async function runStreamcore(workload: Workload, setup: Setup, stopwatch: Stopwatch): Promise<Tally> {
  const { records, parallelism, workers, checkpointMs } = setup
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-bench-'))
  const options = {
    parallelism,
    logger: quietLogger,
    checkpoint: { intervalMs: checkpointMs === 0 ? offMs : checkpointMs },
    ...(checkpointMs === 0 ? {} : { state: directory }),
    ...(setup.state === 'heap'
      ? {}
      : { stateBackend: levelStateBackend({ directory, cacheBytes: levelCacheBytes(parallelism) }) }),
  }
  try {
    if (workers > 1) {
      const measured = shareRun(workers)
      const params: ThreadedJobParams = { workload: workload.name, records, parallelism }
      await (await execute(threadedJob, params, { ...options, workers })).result
      const { stopwatch: ofThreads, tally } = measured()
      stopwatch.include(ofThreads)
      return tally
    }
    const tally = { out: 0, sum: 0 }
    const job = workload.job({ records, parallelism, stopwatch, tally })
    await (await execute(job, {}, options)).result
    return tally
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
