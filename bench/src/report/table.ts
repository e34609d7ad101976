/** A comparison for people: a small table per workload and setup. */
import type { StateName } from '../engines/engine.js'
import type { Comparison, EngineFigures, PeerRatio } from '../measure/compare.js'
import { alignedRows } from './aligned-rows.js'

/** Busy cores of others from which a run counts as disturbed. */
export const disturbingCores = 0.3

const headings = [
  'engine',
  'min',
  'median',
  'max',
  'per CPU-s',
  'peak MB',
  'start ms',
  'others',
  'ratio',
  'CPU ratio',
  'memory ratio',
  'out',
  'sum',
] as const

/** The table; rates are millions of records per second. */
export function tableText({ workload, setup, engines, ratios }: Comparison): string {
  const title = setupTitle(workload, setup)
  const rows = engines.map((figures) =>
    cells(
      figures,
      ratios.find(({ peer }) => peer === figures.engine),
    ),
  )
  return [title, ...alignedRows([headings, ...rows])].join('\n')
}

/** What was run, in words. */
export function setupTitle(workload: string, setup: Comparison['setup']): string {
  const { records, parallelism, workers, state, checkpointMs } = setup
  const checkpoints = checkpointMs === 0 ? 'no checkpoints' : `a checkpoint every ${checkpointMs} ms`
  const threads = threadsText(parallelism, workers)
  return `${workload}: ${grouped(records)} records, parallelism ${parallelism}${threads}, ${stateText(state)}, ${checkpoints}`
}

/** A claim about cores must not come from an option that gives our engine none. */
function threadsText(parallelism: number, workers: number): string {
  if (parallelism === 1) return ''
  if (workers === 1) return ' (threads on Java only: streamcore runs its subtasks in one)'
  return ` (streamcore in ${workers} worker threads, other engines on Node.js in one)`
}

/** Where state is kept, in words. */
export function stateText(state: StateName): string {
  return state === 'heap' ? 'state on the heap' : 'state in LevelDB'
}

/** What the columns mean, once below all tables. */
export const tableLegend = [
  'min, median, max: million records per second over the rounds, without the first quarter of each run;',
  'per CPU-s: the same per second of processor time of all threads and child processes; start: from the start of the process',
  'to the first record; others: busy cores of everything else, at most over the rounds: above',
  `${disturbingCores} the run was disturbed (!). ratio: how many times as fast as this peer streamcore is, per second and per second`,
  'of processor time; memory ratio: how many times as much memory it takes.',
].join('\n')

function cells(
  { engine, rps, perCpuSecond, peakRssMb, startupMs, otherCores, out, sum }: EngineFigures,
  ratio: PeerRatio | undefined,
): readonly string[] {
  const others = otherCores.toFixed(1) + (otherCores > disturbingCores ? '!' : '')
  const ratios = ratio === undefined ? [] : [ratio.ratio, ratio.cpuRatio, ratio.memoryRatio]
  return [
    engine,
    ...[rps.min, rps.median, rps.max, perCpuSecond].map(millionsText),
    grouped(Math.round(peakRssMb)),
    grouped(Math.round(startupMs)),
    others,
    ...(ratios.length === 0 ? ['', '', ''] : ratios.map((each) => each.toFixed(2))),
    grouped(out),
    String(sum),
  ]
}

/** A rate in millions per second: two decimals, or three digits where those would be nearly all of it. */
export function millionsText(rate: number): string {
  const millions = rate / 1e6
  return millions < 1 ? millions.toPrecision(3) : millions.toFixed(2)
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
