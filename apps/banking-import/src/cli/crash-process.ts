/** Starts an import's process, follows its phases, and kills it at the aimed moment. */
import { spawn } from 'node:child_process'
import { type Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type KillAim, type Phase, phases } from '../crash-test/kill-aim.js'
import { type CrashImportSettings, endedMark } from './crash-import.js'

/** How a process ended: by us, in this phase; by itself, its import done; or by a failure. */
export type ProcessEnd =
  | { readonly kind: 'killed'; readonly phase: Phase }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly output: string }

const program = fileURLToPath(new URL('../crash-test/main.js', import.meta.url))
const outputMax = 20_000

/** Runs a process to its end or to the aimed moment; without an aim it is left alone. */
export function runProcess(settings: CrashImportSettings, aim: KillAim | undefined): Promise<ProcessEnd> {
  const child = spawn(process.execPath, ['--enable-source-maps', program, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const told: string[] = []
  let output = ''
  let timer: NodeJS.Timeout | undefined
  let isKilled = false
  const note = (text: string) => {
    output = `${output}${text}`.slice(-outputMax)
  }
  child.stdout?.setEncoding('utf8').on('data', note)
  child.stderr?.setEncoding('utf8').on('data', note)
  const kill = () => {
    // What has ended in the meantime is no victim.
    if (!told.includes(endedMark)) isKilled = child.kill('SIGKILL') || isKilled
  }
  onLines(child.stdio[3], (line) => {
    told.push(line)
    if (aim === undefined || timer !== undefined || line !== aim.phase) return
    if (told.filter((each) => each === line).length < aim.nth) return
    if (aim.delayMs === 0) kill()
    else timer = setTimeout(kill, aim.delayMs)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      const phase = told.findLast((each) => each !== endedMark)
      if (code === 0 || told.includes(endedMark)) resolve({ kind: 'ended' })
      else if (isKilled && isPhase(phase)) resolve({ kind: 'killed', phase })
      else resolve({ kind: 'failed', output: output === '' ? `exit code ${code}` : output })
    })
  })
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

function isPhase(text: string | undefined): text is Phase {
  return phases.some((phase) => phase === text)
}
