/** Child processes that talk line by line and are killed. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** A running program. */
export interface TalkingProcess {
  readonly process: ChildProcessByStdio<null, Readable, null>
  /** Lines it has said so far. */
  readonly lines: string[]
}

/** Starts a program of Node and waits until it has said so many lines, or has ended. */
export async function startProcess(args: readonly string[], lineCount: number): Promise<TalkingProcess> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  const lines: string[] = []
  let rest = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  const ended = once(child, 'close')
  while (lines.length < lineCount && child.exitCode === null) {
    await Promise.race([once(child.stdout, 'data'), ended])
  }
  return { process: child, lines }
}

/** SIGKILL; resolves when the process is gone. */
export async function kill({ process: child }: TalkingProcess): Promise<void> {
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
}
