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

const sampleFolder = join('.state', 'sample')
const partitions = 4

/** The command. */
export function sampleCommand(): Command {
  return new Command('sample')
    .description('generate a bank and import it in random order (this is what npm start does)')
    .option('--seed <number>', 'another bank, in another order', seed, 1)
    .action(async ({ seed: sampleSeed }: { readonly seed: number }) => {
      process.exitCode = await importSample(sampleSeed)
    })
}

async function importSample(sampleSeed: number): Promise<number> {
  const progress = progressOn(process.stderr)
  const folder = new StateFolder(sampleFolder)
  await clear(folder)
  const directory = join(folder.path, 'files')
  const generated = await generate({
    like: 'berka',
    directory,
    files: new NodeFileSystem(),
    seed: sampleSeed,
  })
  progress.say(
    `generated ${count(generated.lines)} records of ${generated.model.entities.length} types in ${sampleFolder}/files`,
  )
  const outcome = await runImport(
    {
      model: generated.model,
      directory: generated.directories[0] ?? directory,
      folder,
      isInMemory: true,
      partitions,
      parallelism: 1,
      shuffleSeed: sampleSeed,
      bootstrap: false,
      verify: true,
      audit: 'exceptions',
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
  npm run banking -- import <directory> --verify              your own CSV files (those of Berka, or any with --model)
  npm run banking -- import <directory> --db postgres://…     into a real PostgreSQL
  npm run banking -- --help                                   all commands`
}
