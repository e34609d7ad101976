/** An import without topics: a delivery goes from its files straight through the resolver into the target. */
import { performance } from 'node:perf_hooks'
import { join, resolve } from 'node:path'
import { localFiles } from '@streamcore/connectors/files'
import { type Connections, InMemoryMetrics, type KeyedStateBackendFactory } from 'streamcore'
import { execute, type ExecuteOptions, NodeClock, TextLogger } from 'streamcore/node'
import type { ImportParams, ImportTarget } from '../import-params.js'
import { importConnections, job } from '../job.js'
import type { Model } from '../model/model.js'
import type { DirectDelivery } from '../sources/delivery-source.js'
import { metricTotal, watched } from './running-job.js'

/** What is imported, and how. */
export interface DirectSettings {
  readonly model: Model
  readonly delivery: DirectDelivery
  readonly folder: DirectFolder
  readonly target: ImportTarget
  /** Connections to the target, where it is a database. */
  readonly connections?: Connections
  readonly stateBackend: KeyedStateBackendFactory
  readonly parallelism: number
  readonly checkpointIntervalMs: number
  readonly audit: ImportParams['audit']
  /** Goes on beside a process that holds the job, and fences it. */
  readonly takeOver?: boolean
  readonly onPhase?: NonNullable<ExecuteOptions['onPhase']>
  readonly onProgress?: (records: number) => void
}

/** What came of it. */
export interface DirectOutcome {
  readonly recordsIn: number
  readonly durationMs: number
}

/** The folder of a direct import. */
export class DirectFolder {
  readonly path: string

  constructor(path: string) {
    this.path = resolve(path)
  }

  get checkpoints(): string {
    return join(this.path, 'checkpoints')
  }

  /** Working files of keyed state. */
  get working(): string {
    return join(this.path, 'working')
  }

  /** What a target of files gets. */
  get rows(): string {
    return join(this.path, 'rows')
  }

  /** Dead letters, audit trail, waiting table. */
  get outputs(): string {
    return join(this.path, 'outputs')
  }
}

/** Runs an import to its end. One that broke off goes on where it ended when it is run again on the same folder. */
export async function runDirectImport(settings: DirectSettings): Promise<DirectOutcome> {
  const { model, delivery, folder, target, onProgress = () => {} } = settings
  const metrics = new InMemoryMetrics()
  const startedMs = performance.now()
  const params = {
    model,
    target,
    audit: settings.audit,
    boundedness: 'bounded',
    direct: { ...delivery, directory: resolve(delivery.directory), outputs: folder.outputs },
  }
  const handle = await execute(job, params, executeOptions(settings, metrics))
  const recordsIn = () => metricTotal(metrics, 'records_in_total')
  await watched(handle.result, () => onProgress(recordsIn()))
  return { recordsIn: recordsIn(), durationMs: performance.now() - startedMs }
}

function executeOptions(settings: DirectSettings, metrics: InMemoryMetrics): ExecuteOptions {
  const { model, folder, stateBackend, parallelism, checkpointIntervalMs, takeOver = false } = settings
  return {
    jobId: `direct-import-${model.name}`,
    parallelism,
    connections: { files: localFiles(), ...settings.connections },
    metrics,
    state: folder.checkpoints,
    stateBackend,
    takeOver,
    checkpoint: { intervalMs: checkpointIntervalMs, retained: 1 },
    logger: new TextLogger({ clock: new NodeClock(), level: 'warn' }),
    ...(settings.onPhase === undefined ? {} : { onPhase: settings.onPhase }),
  }
}

/** The connection of a database target. */
export const databaseConnection: string = importConnections.target
