/** `crash-test [directory]`: kills imports with SIGKILL and looks whether anybody could tell. */
import { performance } from 'node:perf_hooks'
import { Command, Option } from 'commander'
import { type CrashTestReport, runCrashTest } from './crash-test-run.js'
import { withDelivery } from './made-up-delivery.js'
import { seed, wholeNumber } from './parse-options.js'
import { count } from './progress.js'
import { type StateName, stateNames } from './state-backend.js'

interface CrashTestFlags {
  readonly kills: number
  readonly seed: number
  readonly parallelism: number
  readonly state: StateName
  readonly sink: 'database' | 'files'
  readonly atOnce?: number
  readonly db?: string
  readonly dbCa?: string
  readonly model?: string
}

/** The command. */
export function crashTestCommand(): Command {
  return new Command('crash-test')
    .description(
      'import a directory again and again, kill its process at random moments, and compare the target each time',
    )
    .argument('[directory]', 'the delivery; a bank is made up where none is named')
    .option(
      '--kills <count>',
      'processes to kill between the first record and the end of their import',
      wholeNumber(1),
      50,
    )
    .option('--seed <number>', 'draws the moments', seed, 1)
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .addOption(
      new Option('--state <backend>', 'where keyed state is kept').choices(stateNames).default('heap'),
    )
    .addOption(
      new Option(
        '--sink <where>',
        'write into a database; or into files, reading the directory without topics: no database is needed',
      )
        .choices(['database', 'files'])
        .default('database'),
    )
    .option(
      '--at-once <count>',
      'imports into files that run at a time; as many as there are processors unless told',
      wholeNumber(1, 64),
    )
    .option('--db <url>', 'PostgreSQL to import into; without it an embedded one in a folder')
    .addOption(
      new Option('--db-ca <file>', 'certificates (PEM) that the database server is trusted by').env(
        'PGSSLROOTCERT',
      ),
    )
    .option('--model <file>', 'the data types; those of Berka unless told')
    .action(async (directory: string | undefined, flags: CrashTestFlags) => {
      const startedMs = performance.now()
      const say = (line: string) => void process.stderr.write(`${line}\n`)
      const report = await withDelivery({ directory, seed: flags.seed }, (found) =>
        runCrashTest({ ...flags, directory: found, say }),
      )
      process.exitCode = printReport(report, performance.now() - startedMs)
    })
}

function printReport(report: CrashTestReport, durationMs: number): number {
  const { tally, imports, lost, doubled, violations, findings } = report
  const missing = tally.missing.map((phase) => `no process died while ${phase}`)
  const beforeFirst = tally.count('producing')
  const lines = [
    ...[...findings, ...missing].map((finding) => `  ${finding}`),
    `${count(imports)} imports, ${(durationMs / 1_000).toFixed(1)} s, and ${beforeFirst} kills before the first record`,
    `kills ${tally.total} (${tally.text}), lost ${lost}, doubled ${doubled}, violations ${violations}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return findings.length === 0 && missing.length === 0 ? 0 : 1
}
