/** `zombie-test`: stops imports, lets successors take over, wakes them up again, and looks whether they did any harm. */
import { performance } from 'node:perf_hooks'
import { Command, Option } from 'commander'
import { withDelivery } from './made-up-delivery.js'
import { seed, wholeNumber } from './parse-options.js'
import { type StateName, stateNames } from './state-backend.js'
import { runZombieTest, type ZombieTestReport } from './zombie-test-run.js'

interface ZombieTestFlags {
  readonly rounds: number
  readonly seed: number
  readonly parallelism: number
  readonly state: StateName
  readonly atOnce?: number
  readonly db?: string
  readonly dbCa?: string
  readonly model?: string
}

/** The command. */
export function zombieTestCommand(): Command {
  return new Command('zombie-test')
    .description(
      'stop the process of an import (SIGSTOP) at random moments, let a successor take over and commit, wake the old one up, and compare what was written',
    )
    .argument('[directory]', 'the delivery; a bank is made up where none is named')
    .option('--rounds <count>', 'processes to stop, for each target', wholeNumber(1), 20)
    .option('--seed <number>', 'draws the moments', seed, 1)
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .addOption(
      new Option('--state <backend>', 'where keyed state is kept').choices(stateNames).default('heap'),
    )
    .option(
      '--at-once <count>',
      'rounds played at a time; as many as there are processors unless told',
      wholeNumber(1, 64),
    )
    .option('--db <url>', 'PostgreSQL to import into after the rounds that import into files')
    .addOption(
      new Option('--db-ca <file>', 'certificates (PEM) that the database server is trusted by').env(
        'PGSSLROOTCERT',
      ),
    )
    .option('--model <file>', 'the data types; those of Berka unless told')
    .action(async (directory: string | undefined, flags: ZombieTestFlags) => {
      process.exitCode = await withDelivery({ directory, seed: flags.seed }, (found) => testAll(found, flags))
    })
}

async function testAll(directory: string, flags: ZombieTestFlags): Promise<number> {
  const { db, dbCa, ...common } = flags
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  let code = 0
  for (const target of db === undefined ? (['files'] as const) : (['files', 'postgres'] as const)) {
    const startedMs = performance.now()
    const database = {
      ...(db === undefined ? {} : { db }),
      ...(dbCa === undefined ? {} : { dbCa }),
    }
    const report = await runZombieTest({
      ...common,
      directory,
      ...(target === 'files' ? {} : database),
      say: (line) => say(`${target}: ${line}`),
    })
    code ||= printReport(target, report, performance.now() - startedMs)
  }
  return code
}

function printReport(
  target: 'files' | 'postgres',
  { tally, fenced, failed, finished, lost, doubled, violations, findings }: ZombieTestReport,
  durationMs: number,
): number {
  const lines = [
    ...findings.map((finding) => `  ${finding}`),
    ...(finished === 0
      ? []
      : [
          `${target}: ${finished} more were stopped in their last commit, with nothing left to be fenced from`,
        ]),
    `${target}: rounds ${tally.total} (${tally.text}), fenced ${fenced}${failed === 0 ? '' : `, failed otherwise ${failed}`}, lost ${lost}, doubled ${doubled}, violations ${violations}, ${(durationMs / 1_000).toFixed(1)} s`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return findings.length === 0 && fenced + failed === tally.total ? 0 : 1
}
