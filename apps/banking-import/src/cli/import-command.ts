/** `import <directory>`: one delivery of CSV files into a database. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { type ImportOutcome, type ImportSettings, runImport } from './import-run.js'
import { isGood, summaryLines } from './import-summary.js'
import { loadModel } from './load-model.js'
import { duration, seed, wholeNumber } from './parse-options.js'
import { progressOn } from './progress.js'
import { StateFolder } from './state-folder.js'
import { verificationLines } from './verify-target.js'

/** The options as commander gives them. */
export interface ImportFlags {
  readonly db?: string
  readonly dbCa?: string
  readonly schema?: string
  readonly shuffle?: number
  readonly partitions: number
  readonly parallelism: number
  readonly verify: boolean
  readonly bootstrap: boolean
  readonly model?: string
  readonly state?: string
  readonly audit: 'all' | 'exceptions'
  readonly checkpointInterval: number
}

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
  return command
    .option(
      '--db <url>',
      'PostgreSQL to import into, postgres://user:password@host:5432/name; without it an embedded one',
    )
    .addOption(
      new Option('--db-ca <file>', 'certificates (PEM) that the database server is trusted by').env(
        'PGSSLROOTCERT',
      ),
    )
    .option(
      '--schema <name>',
      'schema of all tables; the search path of the database decides where none is given',
    )
    .option('--model <file>', 'the data types, as TypeScript, JavaScript or JSON; those of Berka unless told')
    .option(
      '--state <folder>',
      'keep log, checkpoints and embedded database there: later deliveries go on from here',
    )
    .option('--shuffle <seed>', 'deliver in random order; the same seed gives the same order', seed)
    .option('--partitions <count>', 'partitions of each topic', wholeNumber(1, 1_000), 4)
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .option('--checkpoint-interval <duration>', 'time between transactions of the target', duration, 1_000)
    .option('--bootstrap', 'the target holds rows already: read their keys before the first record', false)
    .option('--verify', 'compare every table with a plain ordered load; differences are an error', false)
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
    const outcome = await runImport(
      settingsOf(flags, { model, directory, folder }),
      progressOn(process.stderr),
    )
    const code = printOutcome(outcome)
    if (temporary !== undefined)
      process.stdout.write('\nThe state was temporary; keep it with --state <folder>.\n')
    return code
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
}

/** The settings of an import. */
export function settingsOf(
  flags: ImportFlags,
  place: Pick<ImportSettings, 'model' | 'directory' | 'folder'>,
): ImportSettings {
  const { db, dbCa, schema, shuffle, partitions, parallelism, verify, bootstrap, state, audit } = flags
  return {
    ...place,
    partitions,
    parallelism,
    verify,
    bootstrap,
    audit,
    isInMemory: state === undefined,
    checkpointIntervalMs: flags.checkpointInterval,
    ...(db === undefined ? {} : { db }),
    ...(db === undefined || dbCa === undefined ? {} : { ca: readFileSync(dbCa, 'utf8') }),
    ...(schema === undefined ? {} : { schema }),
    ...(shuffle === undefined ? {} : { shuffleSeed: shuffle }),
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
