/** Runs a job in this process: `execute(job, params, options)`. */
import { buildStreamGraph } from '../api/build-stream-graph.js'
import type { Job } from '../api/define-job.js'
import type { CheckpointConfig } from '../checkpoint/checkpoint-coordinator.js'
import { MemoryCheckpointStorage } from '../checkpoint/memory-checkpoint-storage.js'
import type { CheckpointStorage } from '../contracts/checkpoint-storage.js'
import type { Connections } from '../contracts/connection.js'
import { TerminalError } from '../contracts/errors.js'
import type { Digest } from '../contracts/ports/digest.js'
import type { Lease } from '../contracts/ports/lease.js'
import type { Logger } from '../contracts/ports/logger.js'
import type { Metrics } from '../contracts/ports/metrics.js'
import type { Ports } from '../contracts/ports/ports.js'
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import type { JobGraph } from '../graph/job-graph.js'
import { translate } from '../graph/translate.js'
import { graphWarnings } from '../graph/validate.js'
import { checkpointConfig, type JobPhase, type RunOptions } from '../runtime/job-options.js'
import { type JobHandle, runJob } from '../runtime/job-runner.js'
import { MemoryLease } from '../runtime/memory-lease.js'
import { exponentialDelay, noRestart, type RestartStrategy } from '../runtime/restart-strategy.js'
import { operatorManifests } from '../runtime/restore-plan.js'
import { heapStateBackend } from '../state/heap-keyed-state-backend.js'
import { assertSupportedNode } from './assert-supported-node.js'
import { JobControl } from './control/job-control.js'
import { directoryState } from './directory-state.js'
import { loadJob, type LoadedJob } from './load-job.js'
import { nodePorts } from './node-ports.js'
import { workerOptions } from './worker-options.js'
import { createSavepointDirectory, openSavepointDirectory } from './savepoint-directory.js'

/** Where checkpoints and the lease of a job live. */
export interface DurableState {
  openStorage(jobId: string, ports: Ports): Promise<CheckpointStorage>
  lease(jobId: string, ports: Ports): Promise<Lease>
  /** The local folder of a job, where it listens for commands while it runs; nowhere where nothing is said. */
  controlFolder?(jobId: string): string
  /** Whether nothing readable reaches the disk. */
  readonly isEncrypted?: boolean
  /** How savepoints of this state are kept in their folders; as they are where nothing is said. `jobId`: whose it will be. */
  protectSavepoint?(storage: CheckpointStorage, digest: Digest, jobId: string | undefined): CheckpointStorage
}

/** Options of {@link execute}. Everything has a default. */
export interface ExecuteOptions {
  /** Subtasks per operator, 1 … 32,768; as many as `workers` where nothing is said. */
  readonly parallelism?: number
  /**
   * Threads that run the subtasks, at most `parallelism`; 1, which is this thread, where nothing is said. More need a job given
   * as URL, connections exported by its module and the heap backend; records that cross must be plain data. A job without
   * `state` that fails delivers only what a checkpoint has committed.
   */
  readonly workers?: number
  /** A folder (or another durable state): checkpoints survive the process. Without it state is kept in memory. */
  readonly state?: string | DurableState
  /** Names the job's state and its markers in targets; the job's name where nothing is said. */
  readonly jobId?: string
  /** Connections that sources and sinks name; they win over those that a job module exports as `connections`. */
  readonly connections?: Connections
  readonly checkpoint?: Partial<CheckpointConfig>
  /** With `state` up to ten restarts after growing delays, but none of a job that has never run; otherwise none. */
  readonly restart?: RestartStrategy
  readonly stateBackend?: KeyedStateBackendFactory
  /**
   * The folder of a savepoint to begin from. A state that began from it before goes on from its own checkpoint. Refused
   * unless every target holds just the output up to the savepoint.
   */
  readonly from?: string
  /**
   * Begin from the savepoint although a target holds something else: the job goes on from the savepoint with checkpoints
   * numbered above the target's. What it wrote after the savepoint is written again; what a target lacks stays missing.
   */
  readonly newLineage?: boolean
  /** Ends the process that holds the lease, if one does. */
  readonly takeOver?: boolean
  readonly allowDroppedState?: boolean
  readonly maxAttemptsPerRecord?: number
  readonly maxPendingBytes?: number
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Told whenever the job enters another phase, before it does anything there; for tests that kill it. */
  readonly onPhase?: (phase: JobPhase) => void
}

/**
 * Builds the plan and starts the job. A URL is a module that exports `job`, built or TypeScript.
 * @throws StreamcoreError before the first record when plan, parameters or options are wrong
 */
export async function execute<P>(
  job: Job<P> | URL,
  params: unknown,
  options: ExecuteOptions = {},
): Promise<JobHandle> {
  assertSupportedNode(process.version)
  const loaded = await loadedJob(job)
  const streamGraph = loaded.plan(params)
  const jobGraph = translate(streamGraph, { parallelism: options.parallelism ?? options.workers ?? 1 })
  const ports = nodePorts({
    ...(options.logger === undefined ? {} : { logger: options.logger }),
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
  })
  const connections = { ...loaded.connections, ...options.connections }
  const control = new JobControl(ports.logger)
  const onPhase = (phase: JobPhase): void => {
    options.onPhase?.(phase)
    if (phase === 'running') control.jobRuns()
  }
  const jobId = options.jobId ?? streamGraph.jobName
  const workers = workerOptions(job, params, options)
  const local = await runOptions(jobId, { ...options, connections, onPhase }, ports)
  const run = workers === undefined ? local : { ...local, workers }
  for (const warning of graphWarnings(streamGraph)) ports.logger.warn(warning)
  const handle = runJob(jobGraph, run)
  const folder = stateOf(options)?.controlFolder?.(jobId)
  if (folder === undefined) return handle
  return { ...handle, result: control.follow({ jobId, handle, states: statesOf(jobGraph) }, folder) }
}

function stateOf({ state }: ExecuteOptions): DurableState | undefined {
  return typeof state === 'string' ? directoryState(state) : state
}

function statesOf(jobGraph: JobGraph): ReadonlyMap<string, readonly string[]> {
  const keyed = operatorManifests(jobGraph).filter(({ states }) => states.length > 0)
  return new Map(keyed.map(({ uid, states }) => [uid, states.map(({ name }) => name)]))
}

async function loadedJob<P>(job: Job<P> | URL): Promise<LoadedJob> {
  if (job instanceof URL) return await loadJob(job)
  return { name: job.name, connections: {}, plan: (params) => buildStreamGraph(job, params) }
}

async function runOptions(jobId: string, options: ExecuteOptions, ports: Ports): Promise<RunOptions> {
  const state = stateOf(options)
  const memory = new MemoryCheckpointStorage(ports.digest)
  if (state === undefined) {
    ports.logger.info(
      "state is in memory and ends with this process; keep it with the option state: './state' (command line: --state ./state)",
    )
  }
  const protect = (storage: CheckpointStorage, owner?: string) =>
    state?.protectSavepoint?.(storage, ports.digest, owner) ?? storage
  return {
    jobId: validJobId(jobId),
    ports,
    connections: options.connections ?? {},
    openStorage: async () => (state === undefined ? memory : await state.openStorage(jobId, ports)),
    isDurable: state !== undefined,
    lease: state === undefined ? new MemoryLease() : await state.lease(jobId, ports),
    takeOver: options.takeOver ?? false,
    stateBackend: stateBackendOf(options, state),
    checkpoint: checkpointConfig({ incremental: state !== undefined, ...options.checkpoint }),
    restart:
      options.restart ??
      (state === undefined ? noRestart() : { ...exponentialDelay(), afterStartOnly: true }),
    maxAttemptsPerRecord: options.maxAttemptsPerRecord ?? 3,
    maxPendingBytes: options.maxPendingBytes ?? 256 * 1_024 * 1_024,
    allowDroppedState: options.allowDroppedState ?? false,
    createSavepoint: async (place) => protect(await createSavepointDirectory(place), jobId),
    ...originOf(options, protect),
    ...(options.onPhase === undefined ? {} : { onPhase: options.onPhase }),
  }
}

/** Encrypted checkpoints would be of little use beside working files that everybody can read. */
function stateBackendOf(
  { stateBackend = heapStateBackend() }: ExecuteOptions,
  state: DurableState | undefined,
): KeyedStateBackendFactory {
  if (state?.isEncrypted !== true || stateBackend.kind === 'heap') return stateBackend
  throw new TerminalError(
    'STREAMCORE_CONFIG',
    `Expected \`stateBackend\` to be heapStateBackend() beside an encrypted state, got '${stateBackend.kind}', whose working files are not encrypted; use the heap backend, or put both on an encrypted disk`,
    { details: { config: 'stateBackend' } },
  )
}

function originOf(
  { from, newLineage = false }: ExecuteOptions,
  protect: (storage: CheckpointStorage) => CheckpointStorage,
): Pick<RunOptions, 'from'> {
  if (from !== undefined) {
    return {
      from: { place: from, newLineage, open: async () => protect(await openSavepointDirectory(from)) },
    }
  }
  if (!newLineage) return {}
  throw new TerminalError(
    'STREAMCORE_CONFIG',
    'Expected `newLineage` to come with `from`, the folder of the savepoint that the lineage begins with, got none',
    { details: { config: 'newLineage' } },
  )
}

/** The id becomes a folder's and a marker's name. */
function validJobId(jobId: string): string {
  if (/^[A-Za-z0-9_.-]{1,100}$/.test(jobId) && jobId !== '.' && jobId !== '..') return jobId
  throw new TerminalError(
    'STREAMCORE_CONFIG',
    `Expected \`jobId\` to be 1 to 100 letters, digits, '-', '_' or '.', got \`${jobId}\``,
    { details: { config: 'jobId' } },
  )
}
