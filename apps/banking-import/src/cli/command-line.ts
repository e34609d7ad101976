/** The commands of the program. Each ends with an exit code other than 0 when what it prints is not as it should be. */
import { Command } from 'commander'
import { crashTestCommand } from './crash-test-command.js'
import { deadLettersCommand } from './dead-letters-command.js'
import { explainCommand } from './explain-command.js'
import { generateCommand } from './generate-command.js'
import { importCommand } from './import-command.js'
import { redriveCommand } from './redrive-command.js'
import { replayCommand } from './replay-command.js'
import { runProgram } from './run-program.js'
import { sampleCommand } from './sample-command.js'
import { whyCommand } from './why-command.js'
import { zombieTestCommand } from './zombie-test-command.js'

const about = `Imports a bank's deliveries into a relational database with real foreign keys, in whatever order they come:
what refers to something waits until it is there.

Without a command a generated bank of about 28,000 records is imported into an embedded PostgreSQL.`

/** Runs a command line. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = buildProgram()
  const [first = '-'] = args
  // Otherwise it would count as an argument of the default command.
  if (first.startsWith('-') || ['help', ...program.commands.map((each) => each.name())].includes(first)) {
    await runProgram(program, args)
    return
  }
  process.stderr.write(`error: unknown command '${first}'; npm run banking -- --help lists the commands\n`)
  process.exitCode = 1
}

/** All commands. */
export function buildProgram(): Command {
  const program = new Command('banking')
    .description(about)
    .usage('[command] [options]        (npm run banking -- <command> …)')
    .showHelpAfterError('(npm run banking -- --help lists the commands, <command> --help its options)')
    .exitOverride()
  for (const command of commands()) {
    program.addCommand(inherit(command, program), { isDefault: command.name() === 'sample' })
  }
  return program
}

function commands(): readonly Command[] {
  return [
    sampleCommand(),
    importCommand(),
    generateCommand(),
    explainCommand(),
    whyCommand(),
    deadLettersCommand(),
    redriveCommand(),
    replayCommand(),
    crashTestCommand(),
    zombieTestCommand(),
  ]
}

function inherit(command: Command, program: Command): Command {
  return command.copyInheritedSettings(program).allowExcessArguments(false)
}
