/** `crash-test [directory]`: kills imports with SIGKILL and looks whether anybody could tell. */
import { performance } from 'node:perf_hooks'
import { Command, Option } from 'commander'
import { type CrashTestReport, runCrashTest } from './crash-test-run.js'
import { withDelivery } from './made-up-delivery.js'
import { wholeNumber } from './parse-options.js'
import { type ProcessTestFlags, withProcessTestOptions } from './process-test.js'
import { count } from './progress.js'

interface CrashTestFlags extends ProcessTestFlags {
  readonly kills: number
  readonly sink: 'database' | 'files'
}

/** The command. */
export function crashTestCommand(): Command {
  const command = new Command('crash-test').description(
    'import a directory again and again, kill its process at random moments, and compare the target each time',
  )
  return withProcessTestOptions(command, {
    atOnce: 'imports into files that run',
    db: 'PostgreSQL to import into; without it an embedded one in a folder',
  })
    .option(
      '--kills <count>',
      'processes to kill between the first record and the end of their import',
      wholeNumber(1),
      50,
    )
    .addOption(
      new Option(
        '--sink <where>',
        'write into a database; or into files, reading the directory without topics: no database is needed',
      )
        .choices(['database', 'files'])
        .default('database'),
    )
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
