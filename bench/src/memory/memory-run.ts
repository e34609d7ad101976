/** One run of the memory bench: the job, watched from its own process. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { levelStateBackend } from 'streamcore/leveldb'
import { execute } from 'streamcore/node'
import type { StateName } from '../engines/engine.js'
import { quietLogger } from '../engines/quiet-logger.js'
import { median } from '../measure/statistics.js'
import { Stopwatch } from '../measure/stopwatch.js'

import { memoryJob } from './memory-job.js'

/** What is run. */
export interface MemorySetup {
  readonly records: number
  readonly state: StateName
  readonly sinkRecordsPerSecond: number
}

/** How a quantity went over the run, in MB. */
export interface Course {
  /** After the first tenth of the samples: code is loaded and compiled. */
  readonly early: number
  readonly median: number
  readonly max: number
  /** In the last tenth. */
  readonly late: number
}

/** What came out. */
export interface MemoryRun {
  readonly seconds: number
  readonly rssMb: Course
  readonly heapMb: Course
  /** How late timers were: how long the job kept everything else in its process waiting. */
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

const sampleMs = 50
/** The sources wait when the sink holds more. */
const maxPendingBytes = 8 * 1024 ** 2
const checkpointMs = 1_000

/** Fails when records are missing at the end. */
export async function runMemory({ records, state, sinkRecordsPerSecond }: MemorySetup): Promise<MemoryRun> {
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-bench-'))
  const tally = { out: 0, sum: 0 }
  const stopwatch = new Stopwatch()
  const samples: NodeJS.MemoryUsage[] = []
  const delays = monitorEventLoopDelay({ resolution: 1 })
  const job = memoryJob({ records, parallelism: 1, stopwatch, tally }, sinkRecordsPerSecond)
  const timer = setInterval(() => samples.push(process.memoryUsage()), sampleMs)
  delays.enable()
  try {
    const handle = await execute(
      job,
      {},
      {
        logger: quietLogger,
        maxPendingBytes,
        checkpoint: { intervalMs: checkpointMs },
        state: join(directory, 'state'),
        ...(state === 'heap'
          ? {}
          : { stateBackend: levelStateBackend({ directory: join(directory, 'work') }) }),
      },
    )
    await handle.result
  } finally {
    clearInterval(timer)
    delays.disable()
    await rm(directory, { recursive: true, force: true })
  }
  if (tally.out !== records) throw new Error(`Expected ${records} records at the sink, got ${tally.out}`)
  return {
    seconds: stopwatch.timing().seconds,
    rssMb: courseOf(samples.map(({ rss }) => rss)),
    heapMb: courseOf(samples.map(({ heapUsed }) => heapUsed)),
    eventLoopDelayMs: {
      p50: milliseconds(delays.percentile(50)),
      p99: milliseconds(delays.percentile(99)),
      max: milliseconds(delays.max),
    },
  }
}

/** A heap goes up and down with the garbage collector: so early and late are medians of a tenth each. */
function courseOf(bytes: readonly number[]): Course {
  const tenth = Math.max(1, Math.floor(bytes.length / 10))
  const megabytes = (values: readonly number[]): number => Math.round(median(values) / 1024 ** 2)
  return {
    early: megabytes(bytes.slice(tenth, 2 * tenth)),
    median: megabytes(bytes),
    max: Math.round(Math.max(...bytes) / 1024 ** 2),
    late: megabytes(bytes.slice(-tenth)),
  }
}

function milliseconds(nanoseconds: number): number {
  return Math.round(nanoseconds / 1e4) / 100
}
