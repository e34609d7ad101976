/** Runs a command line and sets the exit code; failures are told on standard error. */
import { type Command, CommanderError } from 'commander'
import { printFailure } from 'streamcore/node'

/** Resolves when the command has ended, well or not. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.exitOverride().parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode
      return
    }
    const isTracing = (process.env['DEBUG'] ?? '').split(',').includes('streamcore')
    printFailure(error, { trace: isTracing })
    process.exitCode = 1
  }
}
