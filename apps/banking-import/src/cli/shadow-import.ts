/** The same import into tables of its own, beside the target, which is only looked at: a dry run, or a replay of all deliveries. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedLog } from '@streamcore/connectors/log'
import { type Row, StreamcoreError } from 'streamcore'
import { markTopic } from '../delivery/delivery-mark.js'
import { OverlayLog } from '../delivery/overlay-log.js'
import { type RecordKey, recordKey } from '../model/record-key.js'
import { compareTarget, type Comparison } from '../verify/compare-target.js'
import { checkChange, type ImportSettings, importProduced, produce } from './import-run.js'
import { type ImportServices, openServices, qualified } from './import-services.js'
import { type ImportSummary, numbersBefore } from './import-summary.js'
import type { Progress } from './progress.js'
import { type ImportRegister, StateFolder } from './state-folder.js'
import { allRows } from './target-tables.js'

/** What a shadow import has shown. */
export interface ShadowOutcome {
  readonly summary: ImportSummary
  /** `unexpected` rows are only in the shadow, `missing` ones only in the target. */
  readonly comparison: Comparison
}

/**
 * Runs all deliveries of the state again, and with a directory one more, into a schema that is dropped in the end. Log, state
 * and target stay as they are.
 */
export async function shadowImport(
  settings: ImportSettings,
  { directory, progress }: { readonly directory: string | undefined; readonly progress: Progress },
): Promise<ShadowOutcome> {
  const { model, folder } = settings
  const temporary = mkdtempSync(join(tmpdir(), 'banking-shadow-'))
  // A name that no process had before: what a killed one has left must not be taken for rows of this one.
  const schema = `import_shadow_${temporary.slice(-6)}`
  const real = await openServices(model, folder, settings)
  try {
    const register = await registerOf(settings, real)
    const over = await openEmbeddedLog(join(temporary, 'log'))
    try {
      const topics = [...model.entities.map(({ topic }) => topic), markTopic(model)]
      const log = await OverlayLog.on(real.log, { over, topics })
      const shadowSettings = { ...settings, schema, verify: false, folder: new StateFolder(temporary) }
      const services = await openServices(model, folder, { ...settings, schema, log: log.connection() })
      try {
        const run = await runShadow(shadowSettings, services, { directory, register, progress })
        const expected = await rowsOf(real)
        const examplesMax = Number.MAX_SAFE_INTEGER
        return {
          ...run,
          comparison: await compareTarget({ model, expected, target: services.target, examplesMax }),
        }
      } finally {
        await services.sql.query(`drop schema if exists ${qualified(schema, undefined)} cascade`)
        await services.close()
      }
    } finally {
      await over.close()
    }
  } finally {
    progress.stop()
    await real.close()
    rmSync(temporary, { recursive: true, force: true })
  }
}

async function registerOf(
  { model, folder, gate }: ImportSettings,
  real: ImportServices,
): Promise<ImportRegister> {
  const known = folder.readRegister()
  if (known === undefined) {
    const nothing = { isBootstrapDone: false, firstDelivery: 1, deliveries: [] }
    return { model, gate: gate ?? 'none', hasBootstrap: false, ...nothing }
  }
  await checkChange(known, real, folder)
  if (!known.hasBootstrap) return { ...known, model, gate: gate ?? known.gate ?? 'none' }
  const message = `Expected the import in ${folder.path} to have begun with an empty target, because only then all of it can be run again; it began with --bootstrap`
  throw new StreamcoreError('STREAMCORE_CONFIG', message, { details: { config: 'state' } })
}

async function runShadow(
  settings: ImportSettings,
  services: ImportServices,
  {
    directory,
    register,
    progress,
  }: {
    readonly directory: string | undefined
    readonly register: ImportRegister
    readonly progress: Progress
  },
): Promise<{ readonly summary: ImportSummary }> {
  settings.folder.writeRegister(register)
  const latest = register.deliveries.at(-1)?.number ?? 0
  const delivery = {
    number: directory === undefined ? latest : Math.max(latest + 1, register.firstDelivery),
    directory: directory ?? settings.folder.path,
    fingerprint: '',
    startOffsets: {},
  }
  const before = await numbersBefore(services)
  const nothing = { delivery: delivery.number, records: {}, rejected: 0, wasComplete: true }
  const produced =
    directory === undefined
      ? nothing
      : await produce({ ...settings, directory }, services, { delivery, progress })
  const { summary } = await importProduced(settings, services, {
    register,
    delivery,
    produced,
    before,
    progress,
  })
  return { summary }
}

async function rowsOf(services: ImportServices): Promise<ReadonlyMap<RecordKey, Row>> {
  const rows = new Map<RecordKey, Row>()
  for await (const { entity, row } of allRows(services)) {
    const id = services.model.entities.find(({ name }) => name === entity)?.id ?? []
    rows.set(recordKey(entity, row, id) ?? entity, row)
  }
  return rows
}

/** `dry run: 12 rows would come, 3 change, 1 go`, with the first of them. */
export function shadowLines(
  { comparison: { rows, examples } }: ShadowOutcome,
  isReplay: boolean,
): readonly string[] {
  const of = (kind: string) => examples.filter((each) => each.kind === kind).length
  const [come, change, go] = [of('unexpected'), of('different'), of('missing')]
  const first = examples.slice(0, examplesTold).map(({ key, kind, detail }) => `  ${kind} ${key}: ${detail}`)
  if (isReplay && examples.length === 0) return [`replay: equal (${rows} rows like those of the target)`]
  if (isReplay) return [`replay: ${examples.length} differences from the target`, ...first]
  return [`dry run: ${come} rows would come, ${change} change, ${go} go; the target is as it was`]
}

const examplesTold = 10
