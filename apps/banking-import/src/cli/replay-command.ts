/** `replay`: imports all deliveries of a state once more, beside the target, and compares. */
import { Command } from 'commander'
import { printOutcome, settingsOf } from './import-command.js'
import { wholeNumber } from './parse-options.js'
import { progressOn } from './progress.js'
import { shadowImport, shadowLines } from './shadow-import.js'
import { StateFolder } from './state-folder.js'
import { type TargetFlags, withTargetOptions } from './target-options.js'
import { withState } from './open-state.js'

interface ReplayFlags extends TargetFlags {
  readonly folder: string
  readonly parallelism: number
}

/** The command. */
export function replayCommand(): Command {
  return withTargetOptions(new Command('replay'))
    .description(
      'import all deliveries of a state once more, into tables beside the target, and compare both',
    )
    .requiredOption('--folder <folder>', 'the folder of the import')
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .action(async (flags: ReplayFlags) => {
      const folder = StateFolder.existing(flags.folder)
      const model = await withState(flags.folder, ({ register }) => Promise.resolve(register.model))
      const settings = settingsOf(
        { ...flags, audit: 'exceptions' },
        { model, directory: folder.path, folder },
      )
      const outcome = await shadowImport(settings, {
        directory: undefined,
        progress: progressOn(process.stderr),
      })
      const code = printOutcome(outcome)
      process.stdout.write(`\n${shadowLines(outcome, true).join('\n')}\n`)
      process.exitCode = outcome.comparison.differences === 0 ? code : 1
    })
}
