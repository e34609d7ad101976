/** The command of `npm start`: generates a bank, imports it in random order, and says what to do next. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { openEmbeddedLog } from '@streamcore/connectors/log'
import { NodeFileSystem } from 'streamcore/node'
import { generate } from '../generate/generate.js'
import { printOutcome } from './import-command.js'
import { runImport } from './import-run.js'
import { seed } from './parse-options.js'
import { count, progressOn } from './progress.js'
import { StateFolder } from './state-folder.js'
import { watchImport } from './watch-import.js'

const sampleFolder = join('.state', 'sample')
/** A little of what a real bank delivers. */
const trouble = { badLines: 0.0003, orphans: 0.0005 }

/** The command. */
export function sampleCommand(): Command {
  return new Command('sample')
    .description('generate a bank and import it in random order (this is what npm start does)')
    .option('--seed <number>', 'another bank, in another order', seed, 1)
    .option('--watch', 'keep running: changes of the generated files are imported, too')
    .action(async (flags: { readonly seed: number; readonly watch?: boolean }) => {
      process.exitCode = await importSample(flags.seed, flags.watch === true ? watchImport : runImport)
    })
}

async function importSample(sampleSeed: number, run: typeof runImport): Promise<number> {
  const progress = progressOn(process.stderr)
  const folder = new StateFolder(sampleFolder)
  await clear(folder)
  const directory = join(folder.path, 'files')
  const generated = await generate({
    like: 'berka',
    directory,
    files: new NodeFileSystem(),
    seed: sampleSeed,
    movementsPerAccount: 1,
    trouble,
  })
  progress.say(
    `generated ${count(generated.lines)} records of ${generated.model.entities.length} types in ${sampleFolder}/files`,
  )
  const outcome = await run(
    {
      model: generated.model,
      directory: generated.directories[0] ?? directory,
      folder,
      parallelism: 1,
      shuffleSeed: sampleSeed,
      bootstrap: false,
      verify: true,
      audit: 'exceptions',
      overdueAfterMs: 0,
      whenOverdue: 'report',
      checkpointIntervalMs: 1_000,
    },
    progress,
  )
  const code = printOutcome(outcome)
  process.stdout.write(`\n${nextSteps()}\n`)
  return code
}

/** An earlier sample goes; one that is being imported by another process is left alone, with an error that names it. */
async function clear(folder: StateFolder): Promise<void> {
  const log = await openEmbeddedLog(folder.log)
  await log.close()
  rmSync(folder.path, { recursive: true, force: true })
}

function nextSteps(): string {
  return `Next:
  npm run banking -- why --folder ${sampleFolder}                what waits, and for what
  npm run banking -- dead-letters --folder ${sampleFolder}       what could not be used
  npm run banking -- import <directory> --verify             your own CSV files: those of Berka, or any with --model
  npm run banking -- import <directory> --db postgres://…    into a real PostgreSQL
  npm start -- --watch                                       the same, kept running: change .state/sample/files
  npm run banking -- --help                                  all commands`
}
