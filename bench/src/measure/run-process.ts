/** Runs a program to its end and gives what it printed; a program that never ends is ended, and none outlives the bench. */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What to run. */
export interface ProgramRun {
  readonly program: string
  /** Its arguments; `folder` is empty, and where it keeps temporary files: they are removed even if it is killed. */
  readonly args: (folder: string) => readonly string[]
  /** What it is, for the message of a failure. */
  readonly what: string
}

const longestRunMs = 30 * 60_000
const signals = ['SIGINT', 'SIGTERM'] as const
/** What a shell makes of a signal: 128 and its number. */
const exitCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 }

/** What the program printed. Its complaints go to our own error output. */
export async function runProcess(run: ProgramRun): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'streamcore-bench-'))
  try {
    return await runIn(folder, run)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runIn(folder: string, { program, args, what }: ProgramRun): Promise<string> {
  const child = spawn(program, args(folder), {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: longestRunMs,
    killSignal: 'SIGKILL',
  })
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const stopAll = (signal: NodeJS.Signals): void => endWith(child, folder, signal)
  for (const signal of signals) process.once(signal, stopAll)
  const ending = await new Promise<string | number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? code ?? 'unknown'))
  }).finally(() => {
    for (const signal of signals) process.off(signal, stopAll)
  })
  if (ending === 0) return output.join('')
  throw new Error(`Expected ${what} to run to its end, but its process ended with ${ending}`)
}

/** A run that is cut short leaves neither a process nor files behind. */
function endWith(child: ChildProcess, folder: string, signal: NodeJS.Signals): never {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.exit(exitCodes[signal] ?? 1)
}
