/** Imports whose process is stopped, overtaken by a successor, and woken up again: it must end without having done anything. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Row, SeededRandom, StreamcoreError } from 'streamcore'
import { createCrashLog } from '../crash-test/crash-log.js'
import type { CrashImportSettings } from '../crash-test/crash-settings.js'
import { drawAim, type KillAim, KillTally, type Phase } from '../crash-test/kill-aim.js'
import type { Model } from '../model/model.js'
import type { RecordKey } from '../model/record-key.js'
import { type Judgement, judgeImport, openTarget } from './crash-judge.js'
import { type Exit, ImportProcess } from './crash-process.js'
import { DirectFolder } from './direct-import.js'
import { plainRows } from './direct-verification.js'
import { loadModel } from './load-model.js'
import { Findings, importSettings, type ProcessTestSettings } from './process-test.js'

/** What is imported, and how often its process is stopped; into files where no database is named. */
export interface ZombieTestSettings extends ProcessTestSettings {
  readonly rounds: number
}

/** What it has shown. */
export interface ZombieTestReport extends Judgement {
  /** In which phases processes were stopped. */
  readonly tally: KillTally
  /** Woken processes that found themselves fenced, or the lease taken. */
  readonly fenced: number
  /** Woken processes that failed at something else first, such as a file of theirs that the successor had removed. */
  readonly failed: number
  /** Imports whose process was stopped in its last commit, with nothing left to do; they count for no round. */
  readonly finished: number
}

/** Imports that end before they could be stopped, for each that is stopped. */
const missesPerRound = 5
/** Whatever has not ended by then hangs. */
const patienceMs = 120_000

/** Runs the test. @throws StreamcoreError when imports end before they can be stopped */
export async function runZombieTest(settings: ZombieTestSettings): Promise<ZombieTestReport> {
  const model = await loadModel(settings.model)
  const expected = await plainRows(model, settings.directory)
  const random = new SeededRandom(settings.seed)
  const tally = new KillTally()
  const ends = { fenced: 0, failed: 0, finished: 0 }
  const findings = new Findings()
  const attemptsMax = settings.rounds * (1 + missesPerRound)
  let attempts = 0
  const lane = async () => {
    while (tally.total < settings.rounds) {
      attempts += 1
      if (attempts > attemptsMax) throw tooQuick(settings, tally)
      const number = attempts
      const aims = { isFirstProcess: false, mayProduce: false }
      const aim = drawAim(random.fork(`round ${number}`), tally, aims)
      const round = await playRound(settings, { model, expected, number, aim })
      findings.add(round)
      if (round.end !== 'never stopped') ends[round.end] += 1
      if (round.phase === undefined) continue
      tally.add(round.phase)
      const [verdict = `${round.end}, and equal to the plain load`] = round.findings
      settings.say(`round ${tally.total}: stopped while ${round.phase}, ${verdict}`)
    }
  }
  // Rounds know nothing of each other, and wait a lot.
  await Promise.all(Array.from({ length: settings.atOnce ?? availableParallelism() }, lane))
  return { ...findings.total, ...ends, tally }
}

function tooQuick({ rounds, directory }: ZombieTestSettings, { total }: KillTally): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_SIMULATION',
    `Expected to stop ${rounds} imports of ${directory} before they end, got ${total}; take a larger delivery`,
  )
}

interface RoundPlan {
  readonly model: Model
  readonly expected: ReadonlyMap<RecordKey, Row>
  readonly number: number
  readonly aim: KillAim
}

/** How a woken process ended. */
type ZombieEnd = 'fenced' | 'failed' | 'finished' | 'never stopped'

interface Round extends Judgement {
  /** In which the process was stopped; undefined when it ended before. */
  readonly phase: Phase | undefined
  readonly end: ZombieEnd
}

async function playRound(settings: ZombieTestSettings, plan: RoundPlan): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'banking-zombie-test-'))
  const sink = settings.db === undefined ? 'files' : 'database'
  const run = importSettings(settings, { folder, number: plan.number, way: 'direct', sink })
  try {
    if (run.sink === 'database') await prepareTarget(run, plan.model)
    const { phase, end, findings } = await playWith(new ImportProcess(run), run, plan.aim)
    const judged = await judgeImport(run, plan.model, plan.expected)
    return { ...judged, phase, end, findings: [...findings, ...judged.findings] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Tables, and a log that notices every attempt to write. */
async function prepareTarget(run: CrashImportSettings, model: Model): Promise<void> {
  const services = await openTarget(run, model)
  try {
    await createCrashLog(services)
  } finally {
    await services.close()
  }
}

async function playWith(
  zombie: ImportProcess,
  run: CrashImportSettings,
  aim: KillAim,
): Promise<Pick<Round, 'phase' | 'end' | 'findings'>> {
  try {
    return await stopAndOvertake(zombie, run, aim)
  } finally {
    // A stopped process that nobody wakes up again would stay for ever.
    zombie.signal('SIGKILL')
  }
}

async function stopAndOvertake(
  zombie: ImportProcess,
  run: CrashImportSettings,
  aim: KillAim,
): Promise<Pick<Round, 'phase' | 'end' | 'findings'>> {
  const isStopped = (await zombie.reaches(aim)) && !zombie.hasDone && zombie.signal('SIGSTOP')
  if (!isStopped || !ownsJob(run)) {
    zombie.signal('SIGCONT')
    return { phase: undefined, end: 'never stopped', findings: failuresOf(await endOf(zombie)) }
  }
  const successor = new ImportProcess({ ...run, takeOver: true })
  // A commit is over when the next phase begins.
  await Promise.race([
    successor.until(
      (told) => told.includes('committing') && told.lastIndexOf('running') > told.indexOf('committing'),
    ),
    sleep(patienceMs, undefined, { ref: false }),
  ])
  const { phase, hasDone } = zombie
  zombie.signal('SIGCONT')
  const [old, next] = await Promise.all([endOf(zombie), endOf(successor)])
  const findings = failuresOf(next).map((failure) => `the successor: ${failure}`)
  // All had been done, and it had only not ended yet.
  if (hasDone || phase === undefined) return { phase: undefined, end: 'finished', findings }
  if (old.code !== 0) {
    const end = shutOut.some((code) => old.output.includes(code)) ? 'fenced' : 'failed'
    return { phase, end, findings }
  }
  // Its last checkpoint was published before it was stopped: both commit that one, whoever comes second finds it done.
  if (phase === 'committing') return { phase: undefined, end: 'finished', findings }
  return {
    phase,
    end: 'finished',
    findings: [...findings, `stopped while ${phase}, it woke up and was not fenced`],
  }
}

/** Whether a process has taken the job's lease: before that nobody has to take it over. */
function ownsJob({ folder }: CrashImportSettings): boolean {
  const { checkpoints } = new DirectFolder(folder)
  if (!existsSync(checkpoints)) return false
  return readdirSync(checkpoints).some((job) => existsSync(join(checkpoints, job, 'epochs', '1')))
}

/** Who was stopped while it took the lease finds it taken. */
const shutOut = ['STREAMCORE_FENCED', 'STREAMCORE_LEASE_HELD'] as const

/** What hangs is killed, which shows as a failure. */
async function endOf(running: ImportProcess): Promise<Exit> {
  const timer = setTimeout(() => running.signal('SIGKILL'), patienceMs)
  try {
    return await running.ended
  } finally {
    clearTimeout(timer)
  }
}

function failuresOf({ code, output }: Exit): readonly string[] {
  return code === 0 ? [] : [`exit code ${code}: ${output.slice(-1_000)}`]
}
