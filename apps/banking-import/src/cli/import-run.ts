/** One import: registers the delivery, reads what the target holds, fills the topics, runs the job, and says what came of it. */
import { performance } from 'node:perf_hooks'
import { InMemoryMetrics, type KeyedStateBackendFactory, SeededRandom, StreamcoreError } from 'streamcore'
import { execute, type ExecuteOptions, NodeClock, TextLogger } from 'streamcore/node'
import { noDelivery } from '../delivery/delivery-file.js'
import { produceDelivery, type ProduceReport } from '../delivery/produce-delivery.js'
import type { ImportParams } from '../import-params.js'
import { job } from '../job.js'
import type { Model } from '../model/model.js'
import { stateObstacles } from '../model/model-change.js'
import { holdsFiles, registerDelivery } from './delivery-register.js'
import { type ImportServices, openServices, type TargetPlace } from './import-services.js'
import {
  countRows,
  countRowsByEntity,
  forgetLineage,
  highestVersion,
  keepRowsBefore,
} from './target-tables.js'
import { type Progress } from './progress.js'
import { metricTotal, settle, watched } from './running-job.js'
import { type ImportSummary, type NumbersBefore, numbersBefore, summarise } from './import-summary.js'
import type { ImportRegister, RegisteredDelivery, StateFolder } from './state-folder.js'
import { type Verification, verifyTarget } from './verify-target.js'

/** What is imported, and how. */
export interface ImportSettings extends TargetPlace {
  readonly model: Model
  readonly directory: string
  readonly folder: StateFolder
  /** Of topics; existing ones keep theirs, new ones have 4 unless told. */
  readonly partitions?: number
  readonly parallelism: number
  /** Mixes the delivery. */
  readonly shuffleSeed?: number
  /** The target holds rows already: they are read first. */
  readonly bootstrap: boolean
  /** Compare the target with a plain load in the end. */
  readonly verify: boolean
  readonly audit: ImportParams['audit']
  /** That of the import before, or `none`, unless told. */
  readonly gate?: ImportParams['gate']
  /** 0: never. */
  readonly overdueAfterMs: number
  readonly whenOverdue: ImportParams['whenOverdue']
  /** None unless told. */
  readonly backlog?: ImportParams['backlog']
  readonly checkpointIntervalMs: number
  /** The heap unless told. */
  readonly stateBackend?: KeyedStateBackendFactory
  readonly hooks?: ImportHooks
}

/** For tests that look on. */
export interface ImportHooks extends Pick<ExecuteOptions, 'onPhase'> {
  /** Tables and topics exist, nothing was produced by this process. */
  readonly onOpen?: (services: ImportServices) => Promise<void>
  /** The job has ended. */
  readonly onEnd?: () => void
}

/** What came of an import. */
export interface ImportOutcome {
  readonly summary: ImportSummary
  readonly verification?: Verification
}

/** Runs an import to its end. A broken-off one goes on where it ended when it is run again on the same folder. */
export async function runImport(settings: ImportSettings, progress: Progress): Promise<ImportOutcome> {
  if (!holdsFiles(settings.model, settings.directory)) {
    throw noDelivery(
      settings.directory,
      settings.model.entities.map(({ file }) => file),
    )
  }
  const services = await openServices(settings.model, settings.folder, settings)
  try {
    await settings.hooks?.onOpen?.(services)
    const prepared = await prepare(settings, services)
    const register = await bootstrap(settings, services, { register: prepared, progress })
    const { delivery, register: current } = await registerDelivery(settings.folder, register, {
      log: services.log,
      directory: settings.directory,
    })
    const before = await numbersBefore(services)
    const produced = await produce(settings, services, { delivery, progress })
    const run = { register: current, delivery, produced, before, progress }
    return await importProduced(settings, services, run)
  } finally {
    progress.stop()
    await services.close()
  }
}

/** Refuses to write into rows that the resolver would not know of. */
export async function prepare(
  { folder, model, bootstrap: isAsked, gate }: ImportSettings,
  services: ImportServices,
): Promise<ImportRegister> {
  const known = folder.readRegister()
  if (known !== undefined) {
    if (known.model.name === model.name) await checkChange(known, services, folder)
    if (known.model.name === model.name) return { ...known, model, gate: gate ?? known.gate ?? 'none' }
    const message = `Expected ${folder.path} to belong to the model '${model.name}', got '${known.model.name}'; give each model a --folder of its own`
    throw new StreamcoreError('STREAMCORE_CONFIG', message, { details: { config: 'folder' } })
  }
  const rows = await countRows(services)
  if (rows > 0 && !isAsked) {
    const message = `Expected the target to be empty, because ${folder.path} is new, but it holds ${rows} rows; go on with the --folder they were imported with, or read them first with --bootstrap`
    throw new StreamcoreError('STREAMCORE_CONFIG', message, { details: { config: 'bootstrap' } })
  }
  return {
    model,
    gate: gate ?? 'none',
    hasBootstrap: isAsked,
    isBootstrapDone: false,
    firstDelivery: 1 + (isAsked ? await highestVersion(services) : 0),
    deliveries: [],
  }
}

/** Refuses a model that the state does not know. */
export async function checkChange(
  { model: before }: ImportRegister,
  services: ImportServices,
  { path }: StateFolder,
): Promise<void> {
  const obstacles = [...stateObstacles(before, services.model)]
  for (const [name, rows] of await countRowsByEntity(services)) {
    if (rows > 0 && !before.entities.some((each) => each.name === name))
      obstacles.push(`'${name}' is new, but its table holds ${rows} rows`)
  }
  if (obstacles.length === 0) return
  const message =
    `Expected the model to be one that the state in ${path} knows, but ${obstacles.join(', ')}; ` +
    'import with a new --folder and --bootstrap: the rows of the target then count by the new model, ' +
    'and what waits in the old state (see why) is to be delivered again'
  throw new StreamcoreError('STREAMCORE_CONFIG', message, { details: { config: 'model' } })
}

/** Reads what the target holds. Nothing is registered before that has ended, so it is begun anew after a crash. */
export async function bootstrap(
  settings: ImportSettings,
  services: ImportServices,
  { register, progress }: { readonly register: ImportRegister; readonly progress: Progress },
): Promise<ImportRegister> {
  const { folder } = settings
  if (!register.hasBootstrap || register.isBootstrapDone) {
    folder.writeRegister(register)
    return register
  }
  const rows = await countRows(services)
  if (folder.readRegister() === undefined) {
    // Another state wrote these rows: its processes may not go on, and its checkpoints are not ours.
    await forgetLineage(services)
    if (settings.verify) await keepRowsBefore(folder, services)
    folder.writeRegister(register)
  }
  progress.start('bootstrap', rows)
  const metrics = new InMemoryMetrics()
  const params = paramsOf(settings, register, { phase: 'bootstrap', boundedness: 'bounded' })
  const handle = await execute(job, params, executeOptions(settings, services, metrics))
  await watched(handle.result, () => progress.update(metricTotal(metrics, 'records_in_total')))
  progress.stop()
  const done = { ...register, isBootstrapDone: true }
  folder.writeRegister(done)
  return done
}

export async function produce(
  { model, directory, shuffleSeed, folder }: ImportSettings,
  { log, context }: ImportServices,
  { delivery, progress }: { readonly delivery: RegisteredDelivery; readonly progress: Progress },
): Promise<ProduceReport> {
  progress.start('produce', 0)
  const report = await produceDelivery({
    model,
    directory,
    log,
    context,
    delivery: delivery.number,
    isPartial: delivery.number > 1,
    isGated: folder.readRegister()?.gate === 'complete',
    ...(shuffleSeed === undefined ? {} : { random: new SeededRandom(shuffleSeed) }),
    onProgress: (produced) => progress.update(produced),
  })
  progress.stop()
  return report
}

/** A delivery that is in the log. */
export interface ProducedDelivery {
  readonly register: ImportRegister
  readonly delivery: RegisteredDelivery
  readonly produced: ProduceReport
  readonly before: NumbersBefore
  readonly progress: Progress
}

/** Runs the job over what is in the log. */
export async function importProduced(
  settings: ImportSettings,
  services: ImportServices,
  { register, delivery, produced, before, progress }: ProducedDelivery,
): Promise<ImportOutcome> {
  const total = Object.values(produced.records).reduce((sum, each) => sum + each, 0)
  const metrics = new InMemoryMetrics()
  const options = executeOptions(settings, services, metrics)
  const startedMs = performance.now()
  progress.start('import', total)
  const handle = await execute(job, paramsOf(settings, register, { boundedness: 'bounded' }), options)
  await watched(handle.result, () => progress.update(metricTotal(metrics, 'records_in_total')))
  const durationMs = performance.now() - startedMs
  settings.hooks?.onEnd?.()
  progress.stop()
  // Short waits are not reported; what still waits now is, before anybody asks why.
  await settle(services, { metrics, params: paramsOf(settings, register, {}), options })
  const run = { metrics, durationMs, before }
  const summary = await summarise(services, { delivery: produced, shuffleSeed: settings.shuffleSeed, run })
  if (!settings.verify) return { summary }
  progress.say('comparing the target with a plain ordered load …')
  return { summary, verification: await verifyTarget(services, settings.folder, { register, delivery }) }
}

/** The parameters of the job. */
export function paramsOf(
  { model, audit, overdueAfterMs, whenOverdue, backlog }: ImportSettings,
  { hasBootstrap, gate = 'none' }: Pick<ImportRegister, 'hasBootstrap' | 'gate'>,
  phase: Partial<Pick<ImportParams, 'phase' | 'boundedness'>>,
): unknown {
  return {
    model,
    audit,
    gate,
    overdueAfterMs,
    whenOverdue,
    hasBootstrap,
    ...(backlog === undefined ? {} : { backlog }),
    ...phase,
  }
}

/** The options of the job. */
export function executeOptions(
  { parallelism, checkpointIntervalMs, folder, stateBackend, hooks }: ImportSettings,
  { jobId, connections }: ImportServices,
  metrics: InMemoryMetrics,
): ExecuteOptions {
  return {
    jobId,
    parallelism,
    connections,
    metrics,
    state: folder.checkpoints,
    checkpoint: { intervalMs: checkpointIntervalMs },
    logger: new TextLogger({ clock: new NodeClock(), level: 'warn' }),
    ...(stateBackend === undefined ? {} : { stateBackend }),
    ...(hooks?.onPhase === undefined ? {} : { onPhase: hooks.onPhase }),
  }
}
