/** `zombie-test`: stops imports, lets successors take over, wakes them up again, and looks whether they did any harm. */
import { performance } from 'node:perf_hooks'
import { Command } from 'commander'
import { withDelivery } from './made-up-delivery.js'
import { wholeNumber } from './parse-options.js'
import { type ProcessTestFlags, withProcessTestOptions } from './process-test.js'
import { runZombieTest, type ZombieTestReport } from './zombie-test-run.js'

interface ZombieTestFlags extends ProcessTestFlags {
  readonly rounds: number
}

/** The command. */
export function zombieTestCommand(): Command {
  const command = new Command('zombie-test').description(
    'stop the process of an import (SIGSTOP) at random moments, let a successor take over and commit, wake the old one up, and compare what was written',
  )
  return withProcessTestOptions(command, {
    atOnce: 'rounds played',
    db: 'PostgreSQL to import into after the rounds that import into files',
  })
    .option('--rounds <count>', 'processes to stop, for each target', wholeNumber(1), 20)
    .action(async (directory: string | undefined, flags: ZombieTestFlags) => {
      process.exitCode = await withDelivery({ directory, seed: flags.seed }, (found) => testAll(found, flags))
    })
}

async function testAll(directory: string, flags: ZombieTestFlags): Promise<number> {
  const { db, ...withoutDatabase } = flags
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  let code = 0
  for (const target of db === undefined ? (['files'] as const) : (['files', 'postgres'] as const)) {
    const startedMs = performance.now()
    const report = await runZombieTest({
      ...(target === 'files' ? withoutDatabase : flags),
      directory,
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
