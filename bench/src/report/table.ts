/** A comparison for people: a small table per workload and setup. */
import type { Comparison, EngineFigures } from '../measure/compare.js'

/** Busy cores of others from which a run counts as disturbed. */
const disturbingCores = 0.3

const headings = ['engine', 'min', 'median', 'max', 'per CPU-s', 'peak MB', 'others', 'out', 'sum'] as const

/** The table; rates are millions of records per second. */
export function tableText({ workload, setup, engines, ratios }: Comparison): string {
  const { records, parallelism, state, checkpointMs } = setup
  const checkpoints = checkpointMs === 0 ? 'no checkpoints' : `a checkpoint every ${checkpointMs} ms`
  const title = `${workload}: ${grouped(records)} records, parallelism ${parallelism}, state on the ${state}, ${checkpoints}`
  const rows = [headings, ...engines.map(cells)]
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
  return [title, ...lines, ...ratios.map(({ peer, ratio }) => `${ratio.toFixed(2)} times ${peer}`)].join('\n')
}

/** What the columns mean, once below all tables. */
export const tableLegend = [
  'min, median, max: million records per second over the rounds, without the first quarter of each run;',
  'per CPU-s: the same per second of processor time of the whole process; others: busy cores of everything else,',
  `at most over the rounds: above ${disturbingCores} the run was disturbed (!).`,
].join('\n')

function cells({
  engine,
  rps,
  perCpuSecond,
  peakRssMb,
  otherCores,
  out,
  sum,
}: EngineFigures): readonly string[] {
  const others = otherCores.toFixed(1) + (otherCores > disturbingCores ? '!' : '')
  return [
    engine,
    ...[rps.min, rps.median, rps.max, perCpuSecond].map(millions),
    grouped(Math.round(peakRssMb)),
    others,
    grouped(out),
    String(sum),
  ]
}

function millions(rate: number): string {
  return (rate / 1e6).toFixed(2)
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
