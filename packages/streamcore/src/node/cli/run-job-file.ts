/** `streamcore run`: loads a job file, runs the job and says how it ended. */
import { performance } from 'node:perf_hooks'
import { InMemoryMetrics } from '../../contracts/ports/in-memory-metrics.js'
import type { KeyedStateBackendFactory } from '../../contracts/state/keyed-state-backend.js'
import { explainText } from '../../graph/explain.js'
import { translate } from '../../graph/translate.js'
import { directoryState } from '../directory-state.js'
import { encryptedState } from '../encryption/encrypted-state.js'
import { keyRingFile } from '../encryption/key-ring.js'
import { type DurableState, execute, type ExecuteOptions } from '../execute.js'
import { loadJob } from '../load-job.js'
import { listenForSignals } from './ending-signals.js'
import { jobUrl } from './job-url.js'
import { endedInTheMiddle, exitCodeOf, summaryOf } from './run-summary.js'
import { type StateBackendName, withStateBackend } from './state-backend-name.js'

/** What the command line says. */
export interface RunSettings {
  readonly file: string
  readonly state?: string
  readonly stateBackend: StateBackendName
  /** The file of the keys that encrypt the state. */
  readonly keys?: string
  readonly parallelism: number
  readonly workers: number
  readonly params: unknown
  readonly takeOver: boolean
  readonly from?: string
  readonly newLineage: boolean
  readonly allowDroppedState: boolean
  readonly checkpointIntervalMs: number
  readonly explain: boolean
}

/** Runs the job to its end; resolves to the exit code, 0 only when nothing was lost. */
export async function runJobFile(settings: RunSettings): Promise<number> {
  const url = jobUrl(settings.file)
  if (settings.explain) {
    const plan = (await loadJob(url)).plan(settings.params)
    process.stdout.write(
      explainText(translate(plan, { parallelism: settings.parallelism }), { workers: settings.workers }),
    )
    return 0
  }
  return await withStateBackend(settings.stateBackend, settings.state, async (stateBackend) => {
    return await runToItsEnd(settings, stateBackend)
  })
}

async function runToItsEnd(settings: RunSettings, stateBackend: KeyedStateBackendFactory): Promise<number> {
  const startedMs = performance.now()
  const metrics = new InMemoryMetrics()
  const options = { ...executeOptions(settings, metrics), stateBackend }
  const job = await execute(jobUrl(settings.file), settings.params, options)
  const signals = listenForSignals(job)
  try {
    const result = await job.result
    const run = {
      result,
      series: metrics.series(),
      isDurable: settings.state !== undefined,
      signal: signals.received(),
      durationMs: performance.now() - startedMs,
    }
    process.stderr.write(`${summaryOf(run)}\n`)
    if (endedInTheMiddle(run)) process.stderr.write(`${whatIsLeft(run.isDurable)}\n`)
    return exitCodeOf(run)
  } finally {
    signals.ignore()
  }
}

function whatIsLeft(isDurable: boolean): string {
  return isDurable
    ? 'run the same command again to go on from there'
    : 'its state was in memory and is gone; with --state ./state the next run would go on from here'
}

function executeOptions(settings: RunSettings, metrics: InMemoryMetrics): ExecuteOptions {
  const {
    parallelism,
    workers,
    takeOver,
    state,
    keys,
    checkpointIntervalMs,
    from,
    newLineage,
    allowDroppedState,
  } = settings
  return {
    parallelism,
    workers,
    takeOver,
    newLineage,
    allowDroppedState,
    metrics,
    checkpoint: { intervalMs: checkpointIntervalMs },
    ...(state === undefined ? {} : { state: keys === undefined ? state : encryptedFolder(state, keys) }),
    ...(from === undefined ? {} : { from }),
  }
}

function encryptedFolder(state: string, keys: string): DurableState {
  return encryptedState(directoryState(state), keyRingFile(keys))
}
