/** The startup bench: from the start of an engine's process to its first record, on a job too small to matter. */
import type { Setup } from '../engines/engine.js'
import type { EngineName, PeerName } from '../engines/engine-names.js'
import type { TimedRun } from '../measure/run-child.js'
import { roundedSpread, type Spread, spreadOf } from '../measure/statistics.js'
import { alignedRows } from '../report/aligned-rows.js'

/** The name on the command line. */
export const startupBench = {
  name: 'startup',
  summary: 'from the start of the process to the first record, for each engine',
} as const

/** One engine's figures. */
export interface StartupFigures {
  readonly engine: EngineName
  readonly startupMs: Spread
  readonly peakRssMb: number
}

/** The job that is started: it has keyed state, so that everything is there. */
export const startedWorkload = 'w2-10k'
const setup: Setup = { records: 10_000, parallelism: 1, workers: 1, state: 'heap', checkpointMs: 0 }

/** Starts each engine once per round. */
export async function runStartupBench(options: {
  readonly peers: readonly PeerName[]
  readonly rounds: number
  readonly run: (engine: EngineName, setup: Setup) => Promise<TimedRun>
}): Promise<readonly StartupFigures[]> {
  const { peers, rounds, run } = options
  const names: readonly EngineName[] = ['streamcore', ...peers]
  const runs = new Map<EngineName, TimedRun[]>(names.map((name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) runs.get(name)?.push(await run(name, setup))
  }
  return [...runs].map(([engine, all]) => ({
    engine,
    startupMs: roundedSpread(spreadOf(all.map(({ startupMs }) => startupMs)), 0),
    peakRssMb: Math.round(Math.max(...all.map(({ peakRssMb }) => peakRssMb))),
  }))
}

/** The figures for people. */
export function startupTable(all: readonly StartupFigures[]): string {
  const rows = all.map(({ engine, startupMs: { min, median, max }, peakRssMb }) => [
    engine,
    ...[min, median, max, peakRssMb].map((value) => value.toLocaleString('en-US')),
  ])
  const headings = ['engine', 'min', 'median', 'max', 'peak MB']
  return [
    'startup: milliseconds from the start of the process to the first record',
    ...alignedRows([headings, ...rows]),
  ].join('\n')
}
