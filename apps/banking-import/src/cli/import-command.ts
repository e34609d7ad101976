/** `import <directory>`: one delivery of CSV files into a database. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { BacklogLimits } from '../backlog/backlog-meter.js'
import { defaultParams } from '../import-params.js'
import { type ImportOutcome, type ImportSettings, runImport } from './import-run.js'
import { isGood, summaryLines } from './import-summary.js'
import { loadModel } from './load-model.js'
import { duration, seed, wholeNumber } from './parse-options.js'
import { progressOn } from './progress.js'
import { shadowImport, shadowLines } from './shadow-import.js'
import { StateFolder } from './state-folder.js'
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
  readonly state?: string
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
  return withTargetOptions(command)
    .option('--model <file>', 'the data types, as TypeScript, JavaScript or JSON; those of Berka unless told')
    .option(
      '--state <folder>',
      'keep log, checkpoints and embedded database there: later deliveries go on from here',
    )
    .option('--shuffle <seed>', 'deliver in random order; the same seed gives the same order', seed)
    .option('--partitions <count>', 'partitions of new topics; 4 unless told', wholeNumber(1, 1_000))
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .option(
      '--checkpoint-interval <duration>',
      'time between transactions of the target; 1s unless told',
      duration,
    )
    .option('--bootstrap', 'the target holds rows already: read their keys before the first record')
    .option('--verify', 'compare every table with a plain ordered load; differences are an error')
    .option(
      '--dry-run',
      'import into tables beside the target, say what would come, change and go, and drop them',
    )
    .option('--watch', 'keep running: when the files of the directory change, they are the next delivery')
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

/** Imports a directory and prints what came of it; gives the exit code. */
export async function importDirectory(directory: string, flags: ImportFlags): Promise<number> {
  const model = await loadModel(flags.model)
  const temporary = flags.state === undefined ? mkdtempSync(join(tmpdir(), 'banking-import-')) : undefined
  const folder = new StateFolder(flags.state ?? temporary ?? '')
  try {
    const settings = settingsOf(flags, { model, directory, folder })
    if (flags.dryRun === true) return await dryRun(settings)
    const run = flags.watch === true ? watchImport : runImport
    const code = printOutcome(await run(settings, progressOn(process.stderr)))
    if (temporary !== undefined)
      process.stdout.write('\nThe state was temporary; keep it with --state <folder>.\n')
    return code
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
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
  const { shuffle, partitions, parallelism, state, audit, gate, overdueAfter = 0 } = flags
  return {
    ...place,
    ...targetPlace(flags),
    parallelism,
    audit,
    ...(gate === undefined ? {} : { gate }),
    verify: flags.verify ?? false,
    bootstrap: flags.bootstrap ?? false,
    isInMemory: state === undefined,
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
