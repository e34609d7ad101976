/** Starts a fresh process for one run, so that no engine profits or suffers from what another one left behind. */
import { fileURLToPath } from 'node:url'
import type { Setup } from '../engines/engine.js'
import { type EngineName, isJavaEngine } from '../engines/engine-names.js'
import { javaArguments } from '../java/java-engines.js'
import { type ProgramRun, runProcess } from './run-process.js'
import { parseRunResult, type RunResult } from './run-result.js'

/** Which run. */
export interface ChildRun {
  readonly engine: EngineName
  readonly workload: string
  readonly setup: Setup
  /** Heap of engines on Java. */
  readonly javaHeapMb: number
  /** Where to write a CPU profile of an engine on Node.js, if at all: a file name in the current folder. */
  readonly profileName: string | undefined
}

/** A run's figures, with the time from the start of its process to its first record. */
export interface TimedRun extends RunResult {
  readonly startupMs: number
}

const childProgram = fileURLToPath(new URL('../child.js', import.meta.url))

/** The figures of one run. */
export async function runChild(run: ChildRun): Promise<TimedRun> {
  const what = `${run.engine} on ${run.workload}`
  const startedAtMs = Date.now()
  const result = parseRunResult(await runProcess({ ...commandOf(run), what }))
  return { ...result, startupMs: result.firstRecordAtMs - startedAtMs }
}

function commandOf({ engine, workload, setup, javaHeapMb, profileName }: ChildRun): Omit<ProgramRun, 'what'> {
  if (isJavaEngine(engine)) {
    const options = { engine, workload, setup, heapMb: javaHeapMb }
    return { program: 'java', args: (directory) => javaArguments({ ...options, directory }) }
  }
  const profiling = profileName === undefined ? [] : ['--cpu-prof', `--cpu-prof-name=${profileName}`]
  const { records, parallelism, workers, state, checkpointMs } = setup
  const given = [records, parallelism, workers, state, checkpointMs].map(String)
  const args = [...profiling, childProgram, engine, workload, ...given]
  return { program: process.execPath, args: () => args }
}
