/** Runs a program to its end and gives what it printed; a program that never ends is ended. */
import { spawn } from 'node:child_process'

/** What to run. */
export interface ProgramRun {
  readonly program: string
  readonly args: readonly string[]
  /** What it is, for the message of a failure. */
  readonly what: string
  /** Where it keeps temporary files: whoever starts it removes them, even if it was killed. */
  readonly temporaryFolder: string
}

const longestRunMs = 30 * 60_000

/** What the program printed. Its complaints go to our own error output. */
export async function runProcess(run: ProgramRun): Promise<string> {
  const { program, args, what, temporaryFolder } = run
  const child = spawn(program, args, {
    env: { ...process.env, TMPDIR: temporaryFolder },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: longestRunMs,
    killSignal: 'SIGKILL',
  })
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const ending = await new Promise<string | number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? code ?? 'unknown'))
  })
  if (ending === 0) return output.join('')
  throw new Error(`Expected ${what} to run to its end, but its process ended with ${ending}`)
}
