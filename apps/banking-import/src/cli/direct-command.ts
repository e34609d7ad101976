/** `import <directory>` without topics: with `--scale`, or into files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localFiles } from '@streamcore/connectors/files'
import { StreamcoreError } from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { checkCopyable, idColumns } from '../delivery/copied-record.js'
import { noDelivery } from '../delivery/delivery-file.js'
import { readDelivery } from '../delivery/read-delivery.js'
import { preconditions } from '../generate/precondition-plan.js'
import type { Model } from '../model/model.js'
import { holdsFiles } from './delivery-register.js'
import { DirectFolder, type DirectOutcome, type DirectSettings, runDirectImport } from './direct-import.js'
import { tallyLines, verifyTallies } from './direct-verification.js'
import type { ImportFlags } from './import-command.js'
import { loadModel } from './load-model.js'
import { isEmptyPlace, madeUp, makeUpPreconditions } from './made-up-preconditions.js'
import { count, type Progress, progressOn } from './progress.js'
import { countedBackend, stateBackendOf } from './state-backend.js'
import { StateMeter, stateLines } from './state-meter.js'

/** Where an import may write. */
export const sinkNames = ['database', 'files', 'count'] as const
/** One of {@link sinkNames}. */
export type SinkName = (typeof sinkNames)[number]

/** Snapshots of large state take long: they are not taken more often than needed. */
const scaledCheckpointIntervalMs = 300_000
const checkpointIntervalMs = 1_000

/** Runs it and prints what came of it; gives the exit code. */
export async function importDirectly(directory: string, flags: ImportFlags): Promise<number> {
  refuseOthers(flags)
  const sink = flags.sink ?? 'count'
  if (sink === 'database') throw refusal('--sink database', 'needs topics and goes without --scale')
  const progress = progressOn(process.stderr)
  const { model, copies } = await deliveryOf(directory, flags, progress)
  const temporary = flags.folder === undefined ? mkdtempSync(join(tmpdir(), 'banking-import-')) : undefined
  const folder = new DirectFolder(flags.folder ?? temporary ?? '')
  try {
    const { records, stride } = await surveyed(model, directory)
    if (copies > 1 && !Number.isSafeInteger(stride * copies)) throw tooManyCopies(copies, stride)
    const delivery = { directory, copies, stride, shuffleSeed: flags.shuffle ?? null }
    const target = { kind: sink, directory: folder.rows }
    progress.start('import', records * copies)
    const { outcome, lines } = await measured(flags, {
      model,
      delivery,
      folder,
      target,
      parallelism: flags.parallelism,
      audit: flags.audit,
      checkpointIntervalMs:
        flags.checkpointInterval ??
        (flags.scale === undefined ? checkpointIntervalMs : scaledCheckpointIntervalMs),
      onProgress: (done) => progress.update(done),
    })
    progress.stop()
    process.stdout.write(`${['', ...outcomeLines(outcome), ...lines].join('\n')}\n`)
    if (flags.verify !== true) return 0
    progress.say('comparing with a plain ordered load …')
    const verification = await verifyTallies(model, delivery, target)
    process.stdout.write(`${tallyLines(verification).join('\n')}\n`)
    return verification.differences.length === 0 ? 0 : 1
  } finally {
    progress.stop()
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
}

async function measured(
  { state = 'heap' }: ImportFlags,
  settings: Omit<DirectSettings, 'stateBackend'>,
): Promise<{ readonly outcome: DirectOutcome; readonly lines: readonly string[] }> {
  const { working, checkpoints } = settings.folder
  const counted = countedBackend(await stateBackendOf(state, working))
  const meter = new StateMeter({ state, counted, working, checkpoints })
  const { outcome, figures } = await meter.measure(() =>
    runDirectImport({
      ...settings,
      stateBackend: counted.backend,
      onPhase: (phase) => {
        if (phase === 'committing') meter.checkpointed()
      },
    }),
  )
  return { outcome, lines: stateLines(figures) }
}

function outcomeLines({ recordsIn, durationMs }: DirectOutcome): readonly string[] {
  const seconds = durationMs / 1_000
  const line = (name: string, text: string) => `${name.padEnd(24)}${text}`
  return [
    line('records in', count(recordsIn)),
    line('records/s', `${count(Math.round(recordsIn / seconds))}  (${seconds.toFixed(1)} s)`),
  ]
}

/** Options that only make sense with topics or a database. */
function refuseOthers(flags: ImportFlags): void {
  const refused = {
    '--db': flags.db,
    '--partitions': flags.partitions,
    '--bootstrap': flags.bootstrap,
    '--watch': flags.watch,
    '--dry-run': flags.dryRun,
    '--overdue-after': flags.overdueAfter,
    '--evict': flags.evict,
    '--waiting-per-parent': flags.waitingPerParent,
    '--waiting-per-key': flags.waitingPerKey,
    '--waiting-total': flags.waitingTotal,
    '--patience': flags.patience,
    '--gate': flags.gate,
  }
  const given = Object.entries(refused).find(([, value]) => value !== undefined)
  if (given !== undefined) throw refusal(given[0], 'goes with an import by topics into a database')
}

function refusal(option: string, reason: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected neither --scale nor --sink files|count beside ${option}, which ${reason}; leave one of them out`,
    { details: { config: option.slice(2) } },
  )
}

/** Ids beyond the safe integers would be rounded, and two records could get one id. */
function tooManyCopies(copies: number, stride: number): StreamcoreError {
  const copiesMax = Math.floor(Number.MAX_SAFE_INTEGER / stride)
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected --scale to be at most ${copiesMax}, because ids of the delivery are below ${stride} and those of all copies must be whole numbers below 2^53, got ${copies}`,
    { details: { config: 'scale' } },
  )
}

/** The delivery of the directory; a made-up one where it is empty and scaled. */
async function deliveryOf(
  directory: string,
  flags: ImportFlags,
  progress: Progress,
): Promise<{ readonly model: Model; readonly copies: number }> {
  const copies = flags.scale ?? 1
  const isMade =
    flags.model === undefined && flags.scale !== undefined && holdsFiles(preconditions, directory)
  if (flags.model === undefined && flags.scale !== undefined && isEmptyPlace(directory)) {
    const model = await makeUpPreconditions(directory)
    progress.say(
      `${directory} was empty: made up ${count(madeUp.customers)} customers and ${count(madeUp.accounts)} accounts`,
    )
    return { model, copies }
  }
  const model = isMade ? preconditions : await loadModel(flags.model)
  if (!holdsFiles(model, directory))
    throw noDelivery(
      directory,
      model.entities.map(({ file }) => file),
    )
  if (copies > 1) checkCopyable(model)
  return { model, copies }
}

/** How many records there are, and a power of ten above all numbers among their ids. */
async function surveyed(
  model: Model,
  directory: string,
): Promise<{ readonly records: number; readonly stride: number }> {
  const context = {
    jobId: 'survey',
    uid: 'survey',
    connections: { files: localFiles() },
    ports: nodePorts({ logLevel: 'warn' }),
  }
  let records = 0
  let highest = 0
  for await (const item of readDelivery({ model, directory, delivery: 1, context })) {
    if (item.kind === 'rejected') continue
    records += 1
    for (const name of idColumns(item.entity)) {
      const id = Math.abs(Number(item.record.cells[name]))
      if (item.entity.columns[name]?.type === 'integer' && Number.isSafeInteger(id))
        highest = Math.max(highest, id)
    }
  }
  return { records, stride: 10 ** String(highest).length }
}
