/** The comparisons in a report: ratios at a glance, then a table and a chart each. */
import type { EngineLine, RatioLine, ResultLine } from './json-lines.js'
import { markdownTable } from './markdown-table.js'
import { scalingTexts } from './scaling.js'
import type { Section } from './section.js'
import { disturbingCores, millionsText, setupTitle, stateText } from './table.js'

/** The lines of one workload and setup. */
export interface ComparisonLines {
  readonly engines: readonly EngineLine[]
  readonly ratios: readonly RatioLine[]
}

/** What was compared, in the order of the lines. */
export function comparisonsIn(lines: readonly ResultLine[]): readonly ComparisonLines[] {
  const found = new Map<string, { engines: EngineLine[]; ratios: RatioLine[] }>()
  for (const line of lines) {
    if (line.kind !== 'engine' && line.kind !== 'ratio') continue
    const key = fileNameOf(line)
    const comparison = found.get(key) ?? { engines: [], ratios: [] }
    found.set(key, comparison)
    if (line.kind === 'engine') comparison.engines.push(line)
    else comparison.ratios.push(line)
  }
  return [...found.values()]
}

/** How many times as fast as each peer streamcore is, workload by workload. */
export function summarySection(comparisons: readonly ComparisonLines[]): Section {
  const peers = [...new Set(comparisons.flatMap(({ ratios }) => ratios.map(({ peer }) => peer)))]
  if (peers.length === 0) return { markdown: [], charts: [] }
  const rows = comparisons.flatMap(({ engines: [first], ratios }) =>
    first === undefined
      ? []
      : [
          [
            shortTitleOf(first),
            ...peers.map((peer) => ratios.find((line) => line.peer === peer)?.ratio.toFixed(2) ?? ''),
          ],
        ],
  )
  const text = 'How many times as fast as each peer streamcore is: median by median, from this run.'
  const table = markdownTable([['workload', ...peers], ...rows])
  const scaling = scalingTexts(comparisons.flatMap(({ engines }) => engines))
  return { markdown: ['## Ratios', text, table, ...scaling], charts: [] }
}

/** A table and a chart for each setup of each workload. */
export function comparisonSection(name: string, { engines, ratios }: ComparisonLines): Section {
  const first = engines[0]
  if (first === undefined) return { markdown: [], charts: [] }
  const file = `${name}-${fileNameOf(first)}.svg`
  const title = setupTitle(first.workload, first)
  const rows = engines.map((line) =>
    engineRow(
      line,
      ratios.find(({ peer }) => peer === line.engine),
    ),
  )
  const bars = engines.map(({ engine, rps: { min, median, max } }) => ({
    name: engine,
    min: min / 1e6,
    value: median / 1e6,
    max: max / 1e6,
    label: millionsText(median),
  }))
  return {
    markdown: [
      `## ${shortTitleOf(first)}`,
      title,
      markdownTable([comparisonHeadings, ...rows]),
      `![${title}](${file})`,
    ],
    charts: [{ file, chart: { title: shortTitleOf(first), unit: 'million records per second', bars } }],
  }
}

const comparisonHeadings = [
  'engine',
  'million records/s: min',
  'median',
  'max',
  'per CPU-second',
  'peak MB',
  'start ms',
  'streamcore is … times as fast',
  'per CPU-second',
  'takes … times the memory',
] as const

function engineRow(line: EngineLine, ratio: RatioLine | undefined): readonly string[] {
  const { engine, rps, perCpuSecond, peakRssMb, startupMs, otherCores } = line
  const mark = otherCores > disturbingCores ? ' (disturbed)' : ''
  const ratios = ratio === undefined ? [] : [ratio.ratio, ratio.cpuRatio, ratio.memoryRatio]
  return [
    engine + mark,
    ...[rps.min, rps.median, rps.max, perCpuSecond].map(millionsText),
    String(peakRssMb),
    String(startupMs),
    ...(ratios.length === 0 ? ['', '', ''] : ratios.map((each) => each.toFixed(2))),
  ]
}

function shortTitleOf({ workload, parallelism, workers, state, checkpointMs }: EngineLine): string {
  const checkpoints = checkpointMs === 0 ? 'no checkpoints' : `a checkpoint every ${checkpointMs} ms`
  const threads = workers === 1 ? '' : ` in ${workers} worker threads`
  return `${workload}, parallelism ${parallelism}${threads}, ${stateText(state)}, ${checkpoints}`
}

function fileNameOf({ workload, parallelism, state, checkpointMs }: EngineLine | RatioLine): string {
  return `${workload}-p${parallelism}-${state}-${checkpointMs === 0 ? 'off' : `${checkpointMs}ms`}`
}
