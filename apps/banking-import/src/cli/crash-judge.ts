/** Judges what an import has left, after whatever happened to its processes: nothing lost, nothing doubled, no key violated. */
import { readFileSync } from 'node:fs'
import type { Row } from 'streamcore'
import { readCrashLog } from '../crash-test/crash-log.js'
import type { CrashImportSettings } from '../crash-test/crash-settings.js'
import type { Model } from '../model/model.js'
import type { RecordKey } from '../model/record-key.js'
import { compareRows, compareTarget, type Comparison } from '../verify/compare-target.js'
import { ChangeReplay } from '../verify/change-replay.js'
import { DirectFolder } from './direct-import.js'
import { committedChanges } from './direct-verification.js'
import { type ImportServices, openServices } from './import-services.js'
import { StateFolder } from './state-folder.js'
import { countForeignKeyViolations } from './target-tables.js'

/** What was found. */
export interface Judgement {
  /** Rows of the plain load that the target lacks, or holds in another form. */
  readonly lost: number
  /** Versions that were written more than once. */
  readonly doubled: number
  /** Foreign keys. */
  readonly violations: number
  /** All that, in words. */
  readonly findings: readonly string[]
}

/** What was read back of one import. */
interface Written {
  readonly comparison: Comparison
  /** Versions that were written more than once, in words. */
  readonly doubled: readonly string[]
  readonly violations: number
  /** How often somebody tried to write a row. */
  readonly attempts: number
}

/** Compares the target of an import with a plain load. The schema it wrote into is dropped. */
export async function judgeImport(
  settings: CrashImportSettings,
  model: Model,
  expected: ReadonlyMap<RecordKey, Row>,
): Promise<Judgement> {
  const { comparison, doubled, violations, attempts } =
    settings.sink === 'files'
      ? await readFiles(settings, model, expected)
      : await readDatabase(settings, model, expected)
  // A log that noticed nothing would prove nothing.
  const isBlind = attempts < expected.size
  return {
    lost: comparison.differences,
    doubled: doubled.length,
    violations,
    findings: [
      ...comparison.examples.map(({ kind, key, detail }) => `${kind} ${key}: ${detail}`),
      ...doubled,
      ...(violations === 0 ? [] : [`${violations} foreign keys were violated`]),
      ...(isBlind ? [`the target's own log holds ${attempts} writes of ${expected.size} rows`] : []),
    ],
  }
}

async function readFiles(
  { folder }: CrashImportSettings,
  model: Model,
  expected: ReadonlyMap<RecordKey, Row>,
): Promise<Written> {
  const replay = new ChangeReplay(model)
  for await (const change of committedChanges(new DirectFolder(folder).rows)) replay.add(change)
  const { rows, doubled, violations, changes } = replay.end()
  return {
    comparison: compareRows({ model, expected, rows }),
    doubled,
    violations,
    attempts: changes,
  }
}

async function readDatabase(
  settings: CrashImportSettings,
  model: Model,
  expected: ReadonlyMap<RecordKey, Row>,
): Promise<Written> {
  const services = await openTarget(settings, model)
  try {
    return await readTarget(services, expected)
  } finally {
    const { schema } = settings
    if (schema !== undefined) await services.sql.query(`drop schema "${schema}" cascade`)
    await services.close()
  }
}

/** The database that an import writes into; its tables are created where they are missing. */
export async function openTarget(settings: CrashImportSettings, model: Model): Promise<ImportServices> {
  const { folder, partitions, db, dbCa, schema } = settings
  return await openServices(model, new StateFolder(folder), {
    partitions,
    ...(db === undefined ? {} : { db }),
    ...(db === undefined || dbCa === undefined ? {} : { ca: readFileSync(dbCa, 'utf8') }),
    ...(schema === undefined ? {} : { schema }),
  })
}

async function readTarget(services: ImportServices, expected: ReadonlyMap<RecordKey, Row>): Promise<Written> {
  const { model, target } = services
  const comparison = await compareTarget({ model, expected, target })
  const { attempts, doubled } = await readCrashLog(services)
  return {
    comparison,
    attempts,
    doubled: doubled.map(
      ({ entity, id, version, times }) => `${entity} ${id} version ${version} was written ${times} times`,
    ),
    violations: await countForeignKeyViolations(services),
  }
}
