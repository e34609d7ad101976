// Runs the built command line as a user does.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export interface Running {
  readonly ended: Promise<Ended>
  /** Resolves once standard error holds the text. */
  says(text: string): Promise<void>
  interrupt(): void
}

/** Starts `banking …`, or another program of the app. */
export function startCommand(args: readonly string[], program = 'main'): Running {
  const file = fileURLToPath(new URL(`../../dist/${program}.js`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    changed()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  return {
    ended,
    says: (text) => {
      const told = new Promise<void>((resolve) => {
        const look = () => {
          if (!stderr.includes(text)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      })
      const failed = ended.then(({ code }) => {
        throw new Error(
          `Expected the command to say '${text}', but it ended with ${code}: ${stdout}${stderr}`,
        )
      })
      return Promise.race([told, failed])
    },
    interrupt: () => void child.kill('SIGINT'),
  }
}

/** Runs `banking …` to its end. */
export async function banking(...args: readonly string[]): Promise<Ended> {
  return await startCommand(args).ended
}
