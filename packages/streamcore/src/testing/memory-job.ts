/** Runs whole jobs in tests: in memory, in one thread, with a clock that nobody has to wait for. */
import { buildStreamGraph } from '../api/build-stream-graph.js'
import type { Job } from '../api/define-job.js'
import type { CheckpointConfig } from '../checkpoint/checkpoint-coordinator.js'
import { MemoryCheckpointStorage } from '../checkpoint/memory-checkpoint-storage.js'
import type { CheckpointStorage } from '../contracts/checkpoint-storage.js'
import type { Connections } from '../contracts/connection.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Lease } from '../contracts/ports/lease.js'
import type { Logger } from '../contracts/ports/logger.js'
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import type { JobGraph } from '../graph/job-graph.js'
import { translate } from '../graph/translate.js'
import { checkpointConfig, type SavepointOrigin } from '../runtime/job-options.js'
import { type JobHandle, type JobResult, runJob } from '../runtime/job-runner.js'
import { MemoryLease } from '../runtime/memory-lease.js'
import { noRestart, type RestartStrategy } from '../runtime/restart-strategy.js'
import { heapStateBackend } from '../state/heap-keyed-state-backend.js'
import { RecordingLogger } from './recording-logger.js'
import { SelfAdvancingClock } from './self-advancing-clock.js'
import { simulatedDigest } from './simulated-digest.js'
import { testPorts } from './test-ports.js'
import { TurnScheduler } from './turn-scheduler.js'

/** The checkpoints and the lease of a job; pass the same one to the next run to go on where the last one ended. */
export class MemoryJobState {
  readonly storage: CheckpointStorage
  readonly lease: Lease = new MemoryLease()
  /** Savepoints by the place given to `handle.savepoint(place)`. */
  readonly savepoints: Map<string, CheckpointStorage> = new Map()

  /** `storage` is in memory where nothing is said. */
  constructor(storage: CheckpointStorage = new MemoryCheckpointStorage(simulatedDigest)) {
    this.storage = storage
  }
}

/** Options of {@link startInMemory} and {@link runToEnd}. Everything has a default. */
export interface MemoryJobOptions {
  readonly params?: unknown
  readonly connections?: Connections
  /** 1 where nothing is said. */
  readonly parallelism?: number
  readonly state?: MemoryJobState
  /** An interval of 10 ms where nothing is said; a turn of work takes one. */
  readonly checkpoint?: Partial<CheckpointConfig>
  /** No restart where nothing is said, so that a test sees the first failure. */
  readonly restart?: RestartStrategy
  readonly stateBackend?: KeyedStateBackendFactory
  readonly maxAttemptsPerRecord?: number
  readonly maxPendingBytes?: number
  readonly allowDroppedState?: boolean
  /** A savepoint to begin from, with what `execute` calls `newLineage`. */
  readonly from?: { readonly savepoint: CheckpointStorage; readonly newLineage?: boolean }
  readonly logger?: Logger
  /** Wall-clock time at the start; 0 where nothing is said. */
  readonly startMs?: number
}

/** Starts a job in memory. The connections must be in memory too: a real one would be slower than the clock. */
export function startInMemory<P>(job: Job<P>, options: MemoryJobOptions = {}): JobHandle {
  return start(planOf(job, options), options)
}

/**
 * Runs a job until its input has ended and everything is committed.
 * @throws StreamcoreError `STREAMCORE_CONFIG` when a source never ends; whatever failed the job
 */
export async function runToEnd<P>(job: Job<P>, options: MemoryJobOptions = {}): Promise<JobResult> {
  const jobGraph = planOf(job, options)
  for (const [nodeId, binding] of jobGraph.streamGraph.bindings) {
    if (binding.kind !== 'source' || binding.source.boundedness === 'bounded') continue
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected every source to end in runToEnd(), but '${jobGraph.nodes[nodeId]?.name}' is unbounded; use startInMemory() and stop the job`,
    )
  }
  return await start(jobGraph, options).result
}

function planOf<P>(job: Job<P>, options: MemoryJobOptions): JobGraph {
  return translate(buildStreamGraph(job, options.params ?? {}), { parallelism: options.parallelism ?? 1 })
}

function start(jobGraph: JobGraph, options: MemoryJobOptions): JobHandle {
  const clock = new SelfAdvancingClock(options.startMs)
  const state = options.state ?? new MemoryJobState()
  const handle = runJob(jobGraph, {
    jobId: jobGraph.streamGraph.jobName,
    ports: testPorts({
      clock,
      scheduler: new TurnScheduler({ onYield: () => clock.work() }),
      logger: options.logger ?? new RecordingLogger(),
    }),
    connections: options.connections ?? {},
    openStorage: async () => state.storage,
    isDurable: options.state !== undefined,
    lease: state.lease,
    takeOver: false,
    stateBackend: options.stateBackend ?? heapStateBackend(),
    checkpoint: checkpointConfig({ intervalMs: 10, ...options.checkpoint }),
    restart: options.restart ?? noRestart(),
    maxAttemptsPerRecord: options.maxAttemptsPerRecord ?? 3,
    maxPendingBytes: options.maxPendingBytes ?? 256 * 1_024 * 1_024,
    allowDroppedState: options.allowDroppedState ?? false,
    createSavepoint: async (place) => {
      const storage = new MemoryCheckpointStorage(simulatedDigest)
      state.savepoints.set(place, storage)
      return storage
    },
    ...(options.from === undefined ? {} : { from: originOf(options.from) }),
  })
  const stop = () => clock.stop()
  handle.result.then(stop, stop)
  return handle
}

function originOf(from: NonNullable<MemoryJobOptions['from']>): SavepointOrigin {
  const { savepoint, newLineage = false } = from
  return { place: 'the savepoint', newLineage, open: async () => savepoint }
}
