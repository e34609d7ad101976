/** The program `streamcore`: finds the command, and tells failures. */
import { TerminalError } from '../../contracts/errors.js'
import { type Command, refusal } from './command.js'
import { rescaleCommand, savepointCommand, stopCommand } from './control-commands.js'
import { planCommand } from './plan-command.js'
import { printFailure } from './print-failure.js'
import { runCommand } from './run-command.js'
import { stateCommand } from './state-command.js'

const commands: readonly Command[] = [
  runCommand,
  savepointCommand,
  planCommand,
  stateCommand,
  stopCommand,
  rescaleCommand,
]

const help = `usage: streamcore <command> …

${commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

\`streamcore <command> --help\` tells more.
`

/** Runs a command line and sets the exit code; failures are told on standard error. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const isTracing = args.includes('--trace') || (process.env['DEBUG'] ?? '').split(',').includes('streamcore')
  const fail = (error: unknown): void => {
    printFailure(error, { trace: isTracing })
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  // Node.js ends with 0 when nothing is left that could go on; a job that has not ended then has lost rows.
  const onIdle = (): void => fail(neverEnds())
  process.on('beforeExit', onIdle)
  try {
    const exitCode = await runCommandOf(args)
    if (exitCode !== undefined) process.exitCode = exitCode
    process.off('beforeExit', onIdle)
  } catch (error) {
    fail(error)
  }
}

async function runCommandOf(args: readonly string[]): Promise<number | undefined> {
  const index = args.findIndex((arg) => !arg.startsWith('-'))
  const command = commands.find(({ name }) => name === args[index])
  const wantsHelp = args.some((arg) => arg === '--help' || arg === '-h')
  if (command === undefined) {
    if (!wantsHelp && args.length > 0) {
      const names = commands.map(({ name }) => name).join(', ')
      throw refusal('', `one of the commands ${names}`, `\`streamcore ${args.join(' ')}\``)
    }
    process.stdout.write(help)
    return 0
  }
  if (wantsHelp) {
    process.stdout.write(command.help)
    return 0
  }
  return await command.run(args.toSpliced(index, 1))
}

function neverEnds(): TerminalError {
  return new TerminalError(
    'STREAMCORE_ASSERTION',
    'Expected the job to end, but it waits and nothing is left that could wake it: some promise of a source, a sink or the job file is never settled',
  )
}
