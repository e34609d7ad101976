/** What an executor is told about a run, all of it resolved: no defaults are taken below this line. */
import type { CheckpointConfig } from '../checkpoint/checkpoint-coordinator.js'
import type { CheckpointStorage } from '../contracts/checkpoint-storage.js'
import type { Connections } from '../contracts/connection.js'
import { TerminalError } from '../contracts/errors.js'
import type { Lease } from '../contracts/ports/lease.js'
import type { Ports } from '../contracts/ports/ports.js'
import type { WorkerLauncher } from '../contracts/ports/transport.js'
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import type { RestartStrategy } from './restart-strategy.js'

/**
 * What a job is doing, for tests that kill it.
 * - `restoring`: fencing, recovering, building its tasks
 * - `running`: no checkpoint is under way
 * - `preparing`: a barrier is out, the manifest is not published
 * - `committing`: the manifest is durable, the sinks are not all committed
 */
export type JobPhase = 'restoring' | 'running' | 'preparing' | 'committing'

/** The savepoint that a run begins from. */
export interface SavepointOrigin {
  /** Its folder, for messages. */
  readonly place: string
  /** Go on although a target does not hold the savepoint's checkpoint: output may be missing or written twice. */
  readonly newLineage: boolean
  open(): Promise<CheckpointStorage>
}

/** Options of a run. */
export interface RunOptions {
  readonly jobId: string
  readonly ports: Ports
  readonly connections: Connections
  /** Opens the storage anew for each incarnation, because a handle that failed is never used again. */
  readonly openStorage: () => Promise<CheckpointStorage>
  /** Whether checkpoints outlive the process. */
  readonly isDurable: boolean
  readonly lease: Lease
  readonly takeOver: boolean
  readonly stateBackend: KeyedStateBackendFactory
  readonly checkpoint: CheckpointConfig
  readonly restart: RestartStrategy
  /** Restores of a record on which a stateful function throws, before it is diverted. */
  readonly maxAttemptsPerRecord: number
  /** Uncommitted output in all sinks at which sources pause until a checkpoint has committed. */
  readonly maxPendingBytes: number
  /** Restore although the checkpoint holds state of operators that the job no longer has. */
  readonly allowDroppedState: boolean
  /** Begin from a savepoint unless this state has done so before. */
  readonly from?: SavepointOrigin
  /** Opens a new, empty place for a savepoint. */
  readonly createSavepoint?: (place: string) => Promise<CheckpointStorage>
  readonly onPhase?: (phase: JobPhase) => void
  /** Runs the subtasks in workers; undefined: in this thread. */
  readonly workers?: WorkerOptions
}

/** The workers of a run. */
export interface WorkerOptions {
  /** At most as many as there are subtasks of an operator are started. */
  readonly count: number
  readonly launcher: WorkerLauncher
}

/** What subtasks need to know of a run. */
export type TaskRunOptions = Pick<
  RunOptions,
  'jobId' | 'ports' | 'connections' | 'stateBackend' | 'checkpoint'
>

/** Checkpoint settings where nothing is said. */
export const defaultCheckpoint: CheckpointConfig = {
  intervalMs: 10_000,
  timeoutMs: 600_000,
  retained: 2,
  tolerableFailures: 3,
  incremental: true,
  deltasMax: 20,
  deltaShareMax: 0.5,
}

/**
 * The checkpoint settings of a run.
 * @throws TerminalError `STREAMCORE_CONFIG` naming the key
 */
export function checkpointConfig(given: Partial<CheckpointConfig>): CheckpointConfig {
  const config = { ...defaultCheckpoint, ...given }
  const check = (key: keyof CheckpointConfig, isValid: boolean, expected: string) => {
    if (isValid) return
    throw new TerminalError(
      'STREAMCORE_CONFIG',
      `Expected \`checkpoint.${key}\` to be ${expected}, got \`${config[key]}\` (${typeof config[key]})`,
      { details: { config: `checkpoint.${key}` } },
    )
  }
  check('intervalMs', config.intervalMs > 0, 'a positive number of milliseconds')
  check('timeoutMs', config.timeoutMs > 0, 'a positive number of milliseconds')
  check('retained', Number.isInteger(config.retained) && config.retained >= 1, 'an integer of at least 1')
  check(
    'tolerableFailures',
    Number.isInteger(config.tolerableFailures) && config.tolerableFailures >= 0,
    'an integer of at least 0',
  )
  check('incremental', typeof config.incremental === 'boolean', 'true or false')
  const hasDeltas = Number.isInteger(config.deltasMax) && config.deltasMax >= 1
  check('deltasMax', hasDeltas, 'an integer of at least 1; for none, set incremental: false')
  check('deltaShareMax', config.deltaShareMax >= 0, 'a share of at least 0, such as 0.5')
  return config
}
