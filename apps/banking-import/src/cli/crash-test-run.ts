/** Whole imports, killed again and again, until enough processes have died; each result is compared with a plain load. */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Random, SeededRandom, StreamcoreError } from 'streamcore'
import { drawAim, KillTally } from '../crash-test/kill-aim.js'
import type { CrashImportSettings } from '../crash-test/crash-settings.js'
import { judgeImport } from './crash-judge.js'
import { runProcess } from './crash-process.js'
import { plainRows } from './direct-verification.js'
import { loadModel } from './load-model.js'
import type { StateName } from './state-backend.js'

/** What is imported and how often it is killed. */
export interface CrashTestSettings {
  readonly directory: string
  readonly model?: string
  readonly db?: string
  readonly dbCa?: string
  readonly kills: number
  readonly seed: number
  readonly parallelism: number
  readonly state: StateName
  readonly sink: 'database' | 'files'
  /** Imports into files that run at a time; as many as there are processors unless told. */
  readonly atOnce?: number
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
const processesPerImportMax = 500
/** Of the processes; so every import ends some time, also on a machine so busy that each process lives to be hit. */
const leftAlone = 0.05
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
  const lane = async () => {
    while (!isEnough(tally, settings.kills)) {
      report.imports += 1
      const number = report.imports
      const folder = mkdtempSync(join(tmpdir(), 'banking-crash-test-'))
      const run = importSettings(settings, { folder, number })
      try {
        const aims = { random: random.fork(`import ${number}`), tally }
        const kills = await importWithKills(run, settings.kills, aims)
        const judged = await judgeImport(run, model, expected)
        report.lost += judged.lost
        report.doubled += judged.doubled
        report.violations += judged.violations
        findings.push(...judged.findings)
        const verdict = judged.findings.length === 0 ? 'equal to the plain load' : 'DIFFERENT'
        settings.say(`import ${number}: ${kills} kills, ${tally.total} in all, ${verdict}`)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
  // Imports into files know nothing of each other; processes that wait for the disk leave the processor to others.
  const lanes = settings.sink === 'files' ? (settings.atOnce ?? availableParallelism()) : 1
  await Promise.all(Array.from({ length: lanes }, lane))
  return { ...report, tally, findings: findings.slice(0, findingsMax) }
}

function isEnough(tally: KillTally, kills: number): boolean {
  return tally.total >= kills && (tally.missing.length === 0 || tally.total >= kills + extraKillsMax)
}

function importSettings(
  { directory, model, db, dbCa, seed, parallelism, state, sink }: CrashTestSettings,
  { folder, number }: { readonly folder: string; readonly number: number },
): CrashImportSettings {
  return {
    directory,
    folder,
    stateBackend: state,
    way: sink === 'files' ? 'direct' : 'topics',
    sink,
    takeOver: false,
    partitions,
    parallelism,
    shuffleSeed: seed + number,
    checkpointIntervalMs,
    ...(model === undefined ? {} : { model }),
    ...(db === undefined ? {} : { db, schema: `crash_test_${process.pid}_${number}` }),
    ...(dbCa === undefined ? {} : { dbCa }),
  }
}

/** Processes follow each other until one of them ends the import; gives how many were killed. */
async function importWithKills(
  settings: CrashImportSettings,
  kills: number,
  { random, tally }: { readonly random: Random; readonly tally: KillTally },
): Promise<number> {
  let hasRun = false
  let killed = 0
  for (let number = 1; number <= processesPerImportMax; number += 1) {
    const aim =
      isEnough(tally, kills) || random.float() < leftAlone
        ? undefined
        : drawAim(random, tally, { isFirstProcess: !hasRun, mayProduce: settings.way === 'topics' })
    const end = await runProcess(settings, aim)
    if (end.kind === 'ended') return killed
    if (end.kind === 'failed') {
      throw new StreamcoreError(
        'STREAMCORE_SIMULATION',
        `Expected process ${number} of the import to go on where the last one was killed, but it failed: ${end.output}`,
      )
    }
    if (!hasRun && end.phase === 'restoring') continue
    tally.add(end.phase)
    killed += end.phase === 'producing' ? 0 : 1
    hasRun ||= end.phase !== 'producing'
  }
  throw new StreamcoreError(
    'STREAMCORE_SIMULATION',
    `Expected an import to end within ${processesPerImportMax} processes; it makes no progress between kills`,
  )
}
