/** `import <directory>`: one delivery of CSV files into a database. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { BacklogLimits } from '../backlog/backlog-meter.js'
import type { ExecuteOptions } from 'streamcore/node'
import { defaultParams } from '../import-params.js'
import { importDirectly, type SinkName, sinkNames } from './direct-command.js'
import { type ImportOutcome, type ImportSettings, runImport } from './import-run.js'
import { isGood, summaryLines } from './import-summary.js'
import { loadModel } from './load-model.js'
import { duration, seed, wholeNumber } from './parse-options.js'
import { progressOn } from './progress.js'
import { shadowImport, shadowLines } from './shadow-import.js'
import { countedBackend, stateBackendOf, type StateName, stateNames } from './state-backend.js'
import { StateFolder } from './state-folder.js'
import { StateMeter, stateLines } from './state-meter.js'
import { type TargetFlags, targetPlace, withTargetOptions } from './target-options.js'
import { verificationLines } from './verify-target.js'
import { watchImport } from './watch-import.js'

/** The options as commander gives them. */
export interface ImportFlags extends TargetFlags {
  readonly shuffle?: number
  readonly partitions?: number
  readonly parallelism: number
  readonly verify?: boolean
  readonly bootstrap?: boolean
  readonly watch?: boolean
  readonly dryRun?: boolean
  readonly overdueAfter?: number
  readonly evict?: boolean
  readonly waitingPerParent?: number
  readonly waitingPerKey?: number
  readonly waitingTotal?: number
  readonly patience?: number
  readonly model?: string
  readonly folder?: string
  readonly state?: StateName
  readonly sink?: SinkName
  readonly scale?: number
  readonly audit: 'all' | 'exceptions'
  readonly gate?: 'none' | 'complete'
  readonly checkpointInterval?: number
}

/** A transaction a second keeps the target fresh at little cost. */
export const defaultCheckpointIntervalMs = 1_000

/** The command. */
export function importCommand(): Command {
  return withImportOptions(new Command('import'))
    .description('import the CSV files of a directory, one file per data type')
    .argument('<directory>', 'the delivery, such as the folder of the Berka files')
    .action(async (directory: string, flags: ImportFlags) => {
      process.exitCode = await importDirectory(directory, flags)
    })
}

function withImportOptions(command: Command): Command {
  return withWaitingOptions(withStateOptions(withTargetOptions(command)))
    .option('--shuffle <seed>', 'deliver in random order; the same seed gives the same order', seed)
    .option('--partitions <count>', 'partitions of new topics; 4 unless told', wholeNumber(1, 1_000))
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .option(
      '--checkpoint-interval <duration>',
      'time between transactions of the target; 1s unless told, with --scale 5m',
      duration,
    )
    .option('--bootstrap', 'the target holds rows already: read their keys before the first record')
    .option('--verify', 'compare every table with a plain ordered load; differences are an error')
    .option(
      '--dry-run',
      'import into tables beside the target, say what would come, change and go, and drop them',
    )
    .option('--watch', 'keep running: when the files of the directory change, they are the next delivery')
    .addOption(
      new Option(
        '--gate <when>',
        'hand records over as they come, or a delivery once it is complete; as before, or none, unless told',
      ).choices(['none', 'complete']),
    )
    .addOption(
      new Option('--audit <what>', 'what the audit trail tells')
        .choices(['exceptions', 'all'])
        .default('exceptions'),
    )
}

function withStateOptions(command: Command): Command {
  return command
    .option('--model <file>', 'the data types, as TypeScript, JavaScript or JSON; those of Berka unless told')
    .option(
      '--folder <folder>',
      'keep log, checkpoints and embedded database there: later deliveries go on from here',
    )
    .addOption(
      new Option(
        '--state <backend>',
        'keep keyed state on the heap, or in LevelDB when it outgrows memory; with this option what it costs is printed; heap unless told',
      ).choices(stateNames),
    )
    .addOption(
      new Option(
        '--sink <where>',
        'write rows into the database, into files of JSON lines, or only count them; not into the database: read the directory without topics; database unless told, with --scale count',
      ).choices(sinkNames),
    )
    .option(
      '--scale <n>',
      'import the delivery n times over, each time under other ids, streamed from its files; an empty or missing directory gets 10,000 preconditions and 500 dependents first',
      wholeNumber(1, 1_000_000),
    )
}

function withWaitingOptions(command: Command): Command {
  return command
    .option(
      '--overdue-after <duration>',
      'report longer waits as overdue; they are looked for while --watch runs',
      duration,
    )
    .option('--evict', 'give up what is overdue: it becomes a dead letter')
    .option(
      '--waiting-per-parent <count>',
      'give up what would wait for a record beyond that',
      wholeNumber(1),
    )
    .option(
      '--waiting-per-key <count>',
      'let topics rest when more than that wait by one foreign key',
      wholeNumber(1),
    )
    .option('--waiting-total <count>', 'the same for all that waits', wholeNumber(1))
    .option(
      '--patience <duration>',
      'give up what exceeds these limits when what is missing has been read to its end for so long; 10s unless told',
      duration,
    )
}

/** Imports a directory and prints what came of it; gives the exit code. */
export async function importDirectory(directory: string, flags: ImportFlags): Promise<number> {
  if (flags.scale !== undefined || (flags.sink ?? 'database') !== 'database')
    return await importDirectly(directory, flags)
  const model = await loadModel(flags.model)
  const temporary = flags.folder === undefined ? mkdtempSync(join(tmpdir(), 'banking-import-')) : undefined
  const folder = new StateFolder(flags.folder ?? temporary ?? '')
  try {
    const plain = settingsOf(flags, { model, directory, folder })
    const measured = flags.state === undefined ? undefined : await measuredState(flags.state, folder)
    const settings = measured === undefined ? plain : { ...plain, ...measured.settings }
    if (flags.dryRun === true) return await dryRun(settings)
    const run = flags.watch === true ? watchImport : runImport
    const runAndPrint = async () => printOutcome(await run(settings, progressOn(process.stderr)))
    const code = await (measured === undefined ? runAndPrint() : printState(measured.meter, runAndPrint))
    if (temporary !== undefined)
      process.stdout.write('\nThe folder was temporary; keep it with --folder <folder>.\n')
    return code
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
}

/** A backend whose cost is measured while the job runs. */
async function measuredState(state: StateName, folder: StateFolder) {
  const counted = countedBackend(await stateBackendOf(state, folder.working))
  const meter = new StateMeter({ state, counted, working: folder.working, checkpoints: folder.checkpoints })
  const onPhase: NonNullable<ExecuteOptions['onPhase']> = (phase) => {
    if (phase === 'committing') meter.checkpointed()
  }
  return { meter, settings: { stateBackend: counted.backend, hooks: { onPhase } } }
}

async function printState(meter: StateMeter, run: () => Promise<number>): Promise<number> {
  const { outcome, figures } = await meter.measure(run)
  process.stdout.write(`\n${stateLines(figures).join('\n')}\n`)
  return outcome
}

async function dryRun(settings: ImportSettings): Promise<number> {
  const { directory } = settings
  const outcome = await shadowImport(settings, { directory, progress: progressOn(process.stderr) })
  const code = printOutcome(outcome)
  process.stdout.write(`\n${shadowLines(outcome, false).join('\n')}\n`)
  return code
}

/** The settings of an import. */
export function settingsOf(
  flags: ImportFlags,
  place: Pick<ImportSettings, 'model' | 'directory' | 'folder'>,
): ImportSettings {
  const { shuffle, partitions, parallelism, folder, audit, gate, overdueAfter = 0 } = flags
  return {
    ...place,
    ...targetPlace(flags),
    parallelism,
    audit,
    ...(gate === undefined ? {} : { gate }),
    verify: flags.verify ?? false,
    bootstrap: flags.bootstrap ?? false,
    isInMemory: folder === undefined,
    checkpointIntervalMs: flags.checkpointInterval ?? defaultCheckpointIntervalMs,
    overdueAfterMs: overdueAfter,
    whenOverdue: flags.evict === true ? 'evict' : 'report',
    backlog: backlogOf(flags),
    ...(partitions === undefined ? {} : { partitions }),
    ...(shuffle === undefined ? {} : { shuffleSeed: shuffle }),
  }
}

function backlogOf({ waitingPerParent, waitingPerKey, waitingTotal, patience }: ImportFlags): BacklogLimits {
  const none = defaultParams.backlog
  return {
    perParent: waitingPerParent ?? none.perParent,
    perEdge: waitingPerKey ?? none.perEdge,
    total: waitingTotal ?? none.total,
    patienceMs: patience ?? none.patienceMs,
  }
}

/** Prints summary and comparison; gives the exit code. */
export function printOutcome({ summary, verification }: ImportOutcome): number {
  const lines = [
    '',
    ...summaryLines(summary),
    ...(verification === undefined ? [] : ['', ...verificationLines(verification)]),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return isGood(summary) && (verification?.differences ?? 0) === 0 ? 0 : 1
}
