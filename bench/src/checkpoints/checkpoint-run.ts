/** One run: fills the state, takes checkpoints while records go on, stops, and restores. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CompletedCheckpoint, JobHandle } from 'streamcore'
import { levelStateBackend } from 'streamcore/leveldb'
import { execute } from 'streamcore/node'
import { quietLogger } from '../engines/quiet-logger.js'
import type { StateName } from '../engines/engine.js'
import { median } from '../measure/statistics.js'
import { checkpointJob } from './checkpoint-job.js'
import type { Traffic } from './traffic.js'

/** What is run. */
export interface CheckpointSetup {
  readonly keys: number
  readonly isIncremental: boolean
  readonly state: StateName
  /** Checkpoints after the first, which is full and warms up. */
  readonly checkpoints: number
  /** How long throughput is measured at a time; each checkpoint has such a window of its own. */
  readonly windowMs: number
}

/** What came out. */
export interface CheckpointRun {
  readonly checkpoints: readonly CompletedCheckpoint[]
  /** Records per second without checkpoints, and with one in each second. */
  readonly idleRps: number
  readonly busyRps: number
  /** From the call of `execute` to the first record. */
  readonly restoreMs: number
  readonly peakRssMb: number
}

/** Never: the bench asks for each checkpoint. */
const offMs = 2 ** 31 - 1

/** Fails when the restored counts are not those that were counted. */
export async function runCheckpoints(setup: CheckpointSetup): Promise<CheckpointRun> {
  const { keys, isIncremental, state } = setup
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-bench-'))
  const traffic: Traffic = {
    keys,
    hotKeys: Math.max(1, Math.floor(keys / 100)),
    emitted: 0,
    isChecking: false,
    startedMs: undefined,
  }
  const tally = { out: 0, sum: 0 }
  const options = {
    logger: quietLogger,
    checkpoint: { intervalMs: offMs, incremental: isIncremental },
    state: join(directory, 'state'),
    ...(state === 'heap' ? {} : { stateBackend: levelStateBackend({ directory: join(directory, 'work') }) }),
  }
  const start = async (): Promise<JobHandle> => await execute(checkpointJob(traffic, tally), {}, options)
  try {
    const job = await start()
    const measured = await measure(job, traffic, setup)
    await job.stop()
    const restoreMs = await restore(start, traffic, tally)
    return { ...measured, restoreMs, peakRssMb: process.resourceUsage().maxRSS / 1_024 }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function measure(job: JobHandle, traffic: Traffic, { checkpoints: count, windowMs }: CheckpointSetup) {
  let failure: { readonly error: unknown } | undefined
  job.result.catch((error: unknown) => {
    failure = { error }
  })
  while (traffic.emitted < traffic.keys) {
    if (failure !== undefined) throw failure.error
    await sleep(10)
  }
  await job.checkpoint()
  const idle: number[] = []
  for (let window = 0; window < 3; window++) idle.push(await rateOf(traffic, windowMs))
  const checkpoints: CompletedCheckpoint[] = []
  const busy: number[] = []
  for (let taken = 0; taken < count; taken++) {
    const work = job.checkpoint()
    busy.push(await rateOf(traffic, windowMs))
    checkpoints.push(await work)
  }
  return { checkpoints, idleRps: median(idle), busyRps: median(busy) }
}

async function rateOf(traffic: Traffic, windowMs: number): Promise<number> {
  const [startMs, before] = [performance.now(), traffic.emitted]
  await sleep(windowMs)
  return ((traffic.emitted - before) * 1_000) / (performance.now() - startMs)
}

async function restore(
  start: () => Promise<JobHandle>,
  traffic: Traffic,
  tally: { out: number; sum: number },
): Promise<number> {
  traffic.isChecking = true
  traffic.startedMs = undefined
  tally.sum = 0
  const startMs = performance.now()
  const job = await start()
  await job.result
  // Each key gives its count once more: together, all records before the stop and one per key.
  const expected = traffic.emitted
  if (tally.sum !== expected)
    throw new Error(`Expected the restored counts to sum up to ${expected}, got ${tally.sum}`)
  return (traffic.startedMs ?? startMs) - startMs
}
