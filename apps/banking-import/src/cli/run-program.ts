/** Runs a command line and sets the exit code; failures are told on standard error. */
import { type Command, CommanderError } from 'commander'
import { printFailure } from 'streamcore/node'

const traceFlag = '--trace'

/** Resolves when the command has ended, well or not. Any command takes `--trace`. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  const debugged = (process.env['DEBUG'] ?? '').split(',')
  const isTracing = args.includes(traceFlag) || debugged.includes('streamcore')
  try {
    await program
      .addHelpText('afterAll', `\n${traceFlag} prints the stack of a failure, as DEBUG=streamcore does.`)
      .exitOverride()
      .parseAsync(
        args.filter((arg) => arg !== traceFlag),
        { from: 'user' },
      )
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode
      return
    }
    printFailure(error, { trace: isTracing })
    process.exitCode = 1
  }
}
