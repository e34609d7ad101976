/** Starts a fresh process for one run, so that no engine profits or suffers from what another one left behind. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EngineName, Setup } from '../engines/engine.js'
import { parseRunResult, type RunResult } from './run-result.js'

/** Which run. */
export interface ChildRun {
  readonly engine: EngineName
  readonly workload: string
  readonly setup: Setup
  /** Where to write a CPU profile, if at all: a file name in the current folder. */
  readonly profileName: string | undefined
}

const childProgram = fileURLToPath(new URL('../child.js', import.meta.url))

/** The figures of one run. What the process has to complain about goes to our own error output. */
export async function runChild({ engine, workload, setup, profileName }: ChildRun): Promise<RunResult> {
  const profiling = profileName === undefined ? [] : ['--cpu-prof', `--cpu-prof-name=${profileName}`]
  const { records, parallelism, state, checkpointMs } = setup
  const child = spawn(
    process.execPath,
    [
      ...profiling,
      childProgram,
      engine,
      workload,
      ...[records, parallelism, state, checkpointMs].map(String),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const ending = await new Promise<string | number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? code ?? 'unknown'))
  })
  if (ending === 0) return parseRunResult(output.join(''))
  throw new Error(`Expected ${engine} to run ${workload} to its end, but its process ended with ${ending}`)
}
