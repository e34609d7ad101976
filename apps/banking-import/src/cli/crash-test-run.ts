/** Whole imports, killed again and again, until enough processes have died; each result is compared with a plain load. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Random, type Row, SeededRandom, StreamcoreError } from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { localFiles } from '@streamcore/connectors/files'
import { readCrashLog } from '../crash-test/crash-log.js'
import { drawAim, KillTally } from '../crash-test/kill-aim.js'
import { readDelivery } from '../delivery/read-delivery.js'
import type { Model } from '../model/model.js'
import { modelGraph } from '../model/model-graph.js'
import type { RecordKey } from '../model/record-key.js'
import { compareTarget } from '../verify/compare-target.js'
import { PlainLoad } from '../verify/plain-load.js'
import type { CrashImportSettings } from './crash-import.js'
import { runProcess } from './crash-process.js'
import { type ImportServices, openServices } from './import-services.js'
import { loadModel } from './load-model.js'
import { StateFolder } from './state-folder.js'
import { countForeignKeyViolations } from './target-tables.js'

/** What is imported and how often it is killed. */
export interface CrashTestSettings {
  readonly directory: string
  readonly model?: string
  readonly db?: string
  readonly dbCa?: string
  readonly kills: number
  readonly seed: number
  readonly parallelism: number
  readonly say: (line: string) => void
}

/** What it has shown. */
export interface CrashTestReport {
  readonly tally: KillTally
  readonly imports: number
  /** Rows of the plain load that a target lacked, or held in another form. */
  readonly lost: number
  /** Versions that were written more than once. */
  readonly doubled: number
  readonly violations: number
  /** The first findings, in words. */
  readonly findings: readonly string[]
}

const checkpointIntervalMs = 100
const partitions = 4
const processesPerImportMax = 100
/** More kills than asked for, if a phase has not been hit yet. */
const extraKillsMax = 30
const findingsMax = 10

/** Runs the test. @throws StreamcoreError when a process fails by itself, or an import makes no progress */
export async function runCrashTest(settings: CrashTestSettings): Promise<CrashTestReport> {
  const model = await loadModel(settings.model)
  const expected = await plainRows(model, settings.directory)
  const random = new SeededRandom(settings.seed)
  const tally = new KillTally()
  const report = { imports: 0, lost: 0, doubled: 0, violations: 0 }
  const findings: string[] = []
  while (!isEnough(tally, settings.kills)) {
    report.imports += 1
    const before = tally.total
    const state = mkdtempSync(join(tmpdir(), 'banking-crash-test-'))
    const run = importSettings(settings, { state, number: report.imports })
    try {
      await importWithKills(run, settings.kills, { random: random.fork(`import ${report.imports}`), tally })
      const judged = await judge(run, model, expected)
      report.lost += judged.lost
      report.doubled += judged.doubled
      report.violations += judged.violations
      findings.push(...judged.findings)
      const verdict = judged.findings.length === 0 ? 'equal to the plain load' : 'DIFFERENT'
      settings.say(
        `import ${report.imports}: ${tally.total - before} kills, ${tally.total} in all, ${verdict}`,
      )
    } finally {
      rmSync(state, { recursive: true, force: true })
    }
  }
  return { ...report, tally, findings: findings.slice(0, findingsMax) }
}

function isEnough(tally: KillTally, kills: number): boolean {
  return tally.total >= kills && (tally.missing.length === 0 || tally.total >= kills + extraKillsMax)
}

async function plainRows(model: Model, directory: string): Promise<ReadonlyMap<RecordKey, Row>> {
  const context = {
    jobId: 'crash-test',
    uid: 'crash-test',
    connections: { files: localFiles() },
    ports: nodePorts({ logLevel: 'warn' }),
  }
  const items = readDelivery({ model, directory, delivery: 1, context })
  return (await new PlainLoad(modelGraph(model)).addAll(items)).load().rows
}

function importSettings(
  { directory, model, db, dbCa, seed, parallelism }: CrashTestSettings,
  { state, number }: { readonly state: string; readonly number: number },
): CrashImportSettings {
  return {
    directory,
    state,
    partitions,
    parallelism,
    shuffleSeed: seed + number,
    checkpointIntervalMs,
    ...(model === undefined ? {} : { model }),
    ...(db === undefined ? {} : { db, schema: `crash_test_${process.pid}_${number}` }),
    ...(dbCa === undefined ? {} : { dbCa }),
  }
}

/** Processes follow each other until one of them ends the import. */
async function importWithKills(
  settings: CrashImportSettings,
  kills: number,
  { random, tally }: { readonly random: Random; readonly tally: KillTally },
): Promise<void> {
  let hasRun = false
  for (let number = 1; number <= processesPerImportMax; number += 1) {
    const aim = isEnough(tally, kills) ? undefined : drawAim(random, tally, !hasRun)
    const end = await runProcess(settings, aim)
    if (end.kind === 'ended') return
    if (end.kind === 'failed') {
      throw new StreamcoreError(
        'STREAMCORE_SIMULATION',
        `Expected process ${number} of the import to go on where the last one was killed, but it failed: ${end.output}`,
      )
    }
    if (!hasRun && end.phase === 'restoring') continue
    tally.add(end.phase)
    hasRun ||= end.phase !== 'producing'
  }
  throw new StreamcoreError(
    'STREAMCORE_SIMULATION',
    `Expected an import to end within ${processesPerImportMax} processes; it makes no progress between kills`,
  )
}

interface Judgement {
  readonly lost: number
  readonly doubled: number
  readonly violations: number
  readonly findings: readonly string[]
}

async function judge(
  settings: CrashImportSettings,
  model: Model,
  expected: ReadonlyMap<RecordKey, Row>,
): Promise<Judgement> {
  const { db, dbCa, schema } = settings
  const services = await openServices(model, new StateFolder(settings.state), {
    partitions,
    ...(db === undefined ? {} : { db }),
    ...(db === undefined || dbCa === undefined ? {} : { ca: readFileSync(dbCa, 'utf8') }),
    ...(schema === undefined ? {} : { schema }),
  })
  try {
    return await judgeTarget(services, expected)
  } finally {
    if (schema !== undefined) await services.sql.query(`drop schema "${schema}" cascade`)
    await services.close()
  }
}

async function judgeTarget(
  services: ImportServices,
  expected: ReadonlyMap<RecordKey, Row>,
): Promise<Judgement> {
  const { model, target } = services
  const comparison = await compareTarget({ model, expected, target })
  const { attempts, doubled } = await readCrashLog(services)
  const violations = await countForeignKeyViolations(services)
  // A log that noticed nothing would prove nothing.
  const isBlind = attempts < expected.size
  return {
    lost: comparison.differences,
    doubled: doubled.length,
    violations,
    findings: [
      ...comparison.examples.map(({ kind, key, detail }) => `${kind} ${key}: ${detail}`),
      ...doubled.map(
        ({ entity, id, version, times }) => `${entity} ${id} version ${version} was written ${times} times`,
      ),
      ...(violations === 0 ? [] : [`${violations} foreign keys were violated`]),
      ...(isBlind ? [`the target's own log holds ${attempts} writes of ${expected.size} rows`] : []),
    ],
  }
}
