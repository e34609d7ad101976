/** Whole imports, killed again and again, until enough processes have died; each result is compared with a plain load. */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Random, SeededRandom, StreamcoreError } from 'streamcore'
import { drawAim, KillTally } from '../crash-test/kill-aim.js'
import type { CrashImportSettings } from '../crash-test/crash-settings.js'
import { type Judgement, judgeImport } from './crash-judge.js'
import { runProcess } from './crash-process.js'
import { plainRows } from './direct-verification.js'
import { loadModel } from './load-model.js'
import { Findings, importSettings, type ProcessTestSettings } from './process-test.js'

/** What is imported and how often it is killed. */
export interface CrashTestSettings extends ProcessTestSettings {
  readonly kills: number
  readonly sink: 'database' | 'files'
}

/** What it has shown. */
export interface CrashTestReport extends Judgement {
  readonly tally: KillTally
  readonly imports: number
}

const processesPerImportMax = 500
/** Of the processes; so every import ends some time, also on a machine so busy that each process lives to be hit. */
const leftAlone = 0.05
/** More kills than asked for, if a phase has not been hit yet. */
const extraKillsMax = 30

/** Runs the test. @throws StreamcoreError when a process fails by itself, or an import makes no progress */
export async function runCrashTest(settings: CrashTestSettings): Promise<CrashTestReport> {
  const model = await loadModel(settings.model)
  const expected = await plainRows(model, settings.directory)
  const random = new SeededRandom(settings.seed)
  const tally = new KillTally()
  const findings = new Findings()
  const way = settings.sink === 'files' ? 'direct' : 'topics'
  let imports = 0
  const lane = async () => {
    while (!isEnough(tally, settings.kills)) {
      imports += 1
      const number = imports
      const folder = mkdtempSync(join(tmpdir(), 'banking-crash-test-'))
      const run = importSettings(settings, { folder, number, way, sink: settings.sink })
      try {
        const aims = { random: random.fork(`import ${number}`), tally }
        const kills = await importWithKills(run, settings.kills, aims)
        const judged = await judgeImport(run, model, expected)
        findings.add(judged)
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
  return { ...findings.total, tally, imports }
}

function isEnough(tally: KillTally, kills: number): boolean {
  return tally.total >= kills && (tally.missing.length === 0 || tally.total >= kills + extraKillsMax)
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
