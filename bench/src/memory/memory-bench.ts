/** The memory bench: whether a hot key and a slow sink make memory grow, and how long the event loop has to wait. */
import { fileURLToPath } from 'node:url'
import type { StateName } from '../engines/engine.js'
import { runProcess } from '../measure/run-process.js'
import { alignedRows } from '../report/aligned-rows.js'
import { stateText } from '../report/table.js'
import type { Course, MemoryRun } from './memory-run.js'

/** The name on the command line. */
export const memoryBench = {
  name: 'memory',
  summary: 'memory and event-loop delay of streamcore with a hot key and a slow sink',
} as const

/** One run's figures. */
export interface MemoryFigures extends MemoryRun {
  readonly state: StateName
  readonly records: number
  readonly sinkRecordsPerSecond: number
}

const defaultRecords = 2_000_000
const sinkRecordsPerSecond = 200_000
const childProgram = fileURLToPath(new URL('./memory-child.js', import.meta.url))

/** Runs the job once, in a process of its own. */
export async function runMemoryBench(
  state: StateName,
  records: number = defaultRecords,
): Promise<MemoryFigures> {
  const output = await runProcess({
    program: process.execPath,
    args: () => [childProgram, String(records), state, String(sinkRecordsPerSecond)],
    what: 'the memory bench',
  })
  const run: MemoryRun = JSON.parse(output)
  return { state, records, sinkRecordsPerSecond, ...run }
}

/** The figures for people. */
export function memoryTable(figures: MemoryFigures): string {
  const { state, records, seconds, rssMb, heapMb, eventLoopDelayMs } = figures
  const { p50, p99, max } = eventLoopDelayMs
  const title = `memory: ${records.toLocaleString('en-US')} records in ${seconds.toFixed(1)} s, nine in ten of one key, a sink of ${figures.sinkRecordsPerSecond.toLocaleString('en-US')} records/s, ${stateText(state)}`
  const row = (name: string, { early, median, max: most, late }: Course): readonly string[] => [
    name,
    ...[early, median, most, late].map(String),
  ]
  return [
    title,
    ...alignedRows([['MB', 'early', 'median', 'max', 'late'], row('resident', rssMb), row('heap', heapMb)]),
    `event-loop delay: ${p50} ms (median), ${p99} ms (99 %), ${max} ms (max)`,
  ].join('\n')
}
