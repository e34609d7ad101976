/** An import's process: started, followed through its phases, and hit by signals at the aimed moment. */
import { type ChildProcess, spawn } from 'node:child_process'
import { type Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type CrashImportSettings, endedMark } from '../crash-test/crash-settings.js'
import { type KillAim, type Phase, phases } from '../crash-test/kill-aim.js'

/** How a process ended: by us, in this phase; by itself, its import done; or by a failure. */
export type ProcessEnd =
  | { readonly kind: 'killed'; readonly phase: Phase }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly output: string }

const program = fileURLToPath(new URL('../crash-test/main.js', import.meta.url))
const outputMax = 20_000
/** Processes that live for a second would spend a fifth of it on collecting a small nursery. */
const nodeFlags = ['--enable-source-maps', '--max-semi-space-size=32']

/** Runs a process to its end or to the aimed moment; without an aim it is left alone. */
export async function runProcess(
  settings: CrashImportSettings,
  aim: KillAim | undefined,
): Promise<ProcessEnd> {
  const running = new ImportProcess(settings)
  // What has ended in the meantime is no victim.
  const isKilled =
    aim !== undefined && (await running.reaches(aim)) && !running.hasDone && running.signal('SIGKILL')
  const { code, output } = await running.ended
  if (code === 0 || running.hasDone) return { kind: 'ended' }
  const { phase } = running
  if (isKilled && phase !== undefined) return { kind: 'killed', phase }
  return { kind: 'failed', output: output === '' ? `exit code ${code}` : output }
}

/** How a process has ended. */
export interface Exit {
  /** Null: by a signal. */
  readonly code: number | null
  /** What it printed last. */
  readonly output: string
}

/** A process that runs. */
export class ImportProcess {
  readonly ended: Promise<Exit>
  readonly #child: ChildProcess
  readonly #told: string[] = []
  readonly #listeners = new Set<() => void>()
  #hasEnded = false

  constructor(settings: CrashImportSettings) {
    const child = spawn(process.execPath, [...nodeFlags, program, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.#child = child
    let output = ''
    const note = (text: string) => {
      output = `${output}${text}`.slice(-outputMax)
    }
    child.stdout?.setEncoding('utf8').on('data', note)
    child.stderr?.setEncoding('utf8').on('data', note)
    onLines(child.stdio[3], (line) => {
      this.#told.push(line)
      this.#changed()
    })
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        this.#hasEnded = true
        this.#changed()
        resolve({ code, output })
      })
    })
  }

  /** Whether it has told that its import is done. */
  get hasDone(): boolean {
    return this.#told.includes(endedMark)
  }

  /** The phase it entered last. */
  get phase(): Phase | undefined {
    return this.#told.findLast(isPhase)
  }

  /** True at the aimed moment; false when the process ends before. */
  async reaches({ phase, nth, delayMs }: KillAim): Promise<boolean> {
    await this.until((told) => told.filter((each) => each === phase).length >= nth)
    if (this.#hasEnded) return false
    if (delayMs > 0) await sleep(delayMs)
    return !this.#hasEnded
  }

  /** Resolves when what it has told is enough, or when it has ended. */
  until(isEnough: (told: readonly string[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.#hasEnded && !isEnough(this.#told)) return
        this.#listeners.delete(look)
        resolve()
      }
      this.#listeners.add(look)
      look()
    })
  }

  /** False when it has ended already. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
    return this.#child.kill(signal)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function onLines(stream: unknown, onLine: (line: string) => void): void {
  if (!isReadable(stream)) return
  let rest = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'setEncoding' in stream && 'on' in stream
}

function isPhase(text: string): text is Phase {
  return phases.some((phase) => phase === text)
}
