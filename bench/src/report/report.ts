/** The report of one file of results: tables in Markdown, and a chart for each of them. */
import type { MemoryFigures } from '../memory/memory-bench.js'
import { type BarChart, barChartSvg } from './bar-chart.js'
import type { EngineLine, RatioLine, ResultLine } from './json-lines.js'
import { markdownTable } from './markdown-table.js'
import { disturbingCores, setupTitle } from './table.js'

/** The files of a report. */
export interface Report {
  readonly markdown: string
  /** By file name. */
  readonly charts: ReadonlyMap<string, string>
}

type LineOf<K extends ResultLine['kind']> = Extract<ResultLine, { readonly kind: K }>

/** Part of a report: text, and what its charts show. */
interface Section {
  readonly markdown: readonly string[]
  readonly charts: readonly { readonly file: string; readonly chart: BarChart }[]
}

/** Makes the report; the names of its charts begin with `name`. */
export async function makeReport(name: string, lines: readonly ResultLine[]): Promise<Report> {
  const runs = linesOf(lines, 'run')
  if (runs.length === 0)
    throw new Error(`Expected ${name} to begin with a line that describes the run, got none`)
  const sections = [
    ...comparisonsIn(lines).map((comparison) => comparisonSection(name, comparison)),
    startupSection(name, linesOf(lines, 'startup')),
    checkpointSection(linesOf(lines, 'checkpoint')),
    memorySection(linesOf(lines, 'memory')),
  ]
  const charts = new Map<string, string>()
  for (const { file, chart } of sections.flatMap((section) => section.charts)) {
    charts.set(file, await barChartSvg(chart))
  }
  const parts = [`# Bench ${name}`, ...runs.map(runText), ...sections.flatMap(({ markdown }) => markdown)]
  return { markdown: `${parts.join('\n\n')}\n`, charts }
}

function linesOf<K extends ResultLine['kind']>(lines: readonly ResultLine[], kind: K): readonly LineOf<K>[] {
  return lines.filter((line): line is LineOf<K> => line.kind === kind)
}

function runText(run: LineOf<'run'>): string {
  const { date, commit, isDirty, machine, versions, limits, rounds } = run
  return markdownTable([
    ['', ''],
    ['measured', date],
    ['commit', commit + (isDirty ? ', with changes that are not committed: **not for quoting**' : '')],
    ['machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}`],
    [
      'versions',
      Object.entries(versions)
        .map((each) => each.join(' '))
        .join(', '),
    ],
    ['memory', `Java heap ${limits.javaHeapMb} MB, managed memory of RocksDB ${limits.rocksdbManagedMb} MB`],
    ['rounds', String(rounds)],
  ])
}

/** The lines of one workload and setup. */
interface ComparisonLines {
  readonly engines: readonly EngineLine[]
  readonly ratios: readonly RatioLine[]
}

function comparisonsIn(lines: readonly ResultLine[]): readonly ComparisonLines[] {
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

function comparisonSection(name: string, { engines, ratios }: ComparisonLines): Section {
  const first = engines[0]
  if (first === undefined) return { markdown: [], charts: [] }
  const file = `${name}-${fileNameOf(first)}.svg`
  const title = titleOf(first)
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
    label: (median / 1e6).toFixed(2),
  }))
  return {
    markdown: [
      `## ${first.workload}`,
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
    ...[rps.min, rps.median, rps.max, perCpuSecond].map((rate) => (rate / 1e6).toFixed(2)),
    String(peakRssMb),
    String(startupMs),
    ...(ratios.length === 0 ? ['', '', ''] : ratios.map((each) => each.toFixed(2))),
  ]
}

function startupSection(name: string, lines: readonly LineOf<'startup'>[]): Section {
  if (lines.length === 0) return { markdown: [], charts: [] }
  const file = `${name}-startup.svg`
  const title = 'From the start of the process to the first record'
  const rows = lines.map(({ engine, startupMs: { min, median, max }, peakRssMb }) => [
    engine,
    ...[min, median, max, peakRssMb].map(String),
  ])
  const bars = lines.map(({ engine, startupMs: { min, median, max } }) => ({
    name: engine,
    min,
    max,
    value: median,
    label: String(median),
  }))
  return {
    markdown: [
      '## Startup',
      `${title}, in milliseconds.`,
      markdownTable([['engine', 'min', 'median', 'max', 'peak MB'], ...rows]),
      `![${title}](${file})`,
    ],
    charts: [{ file, chart: { title, unit: 'milliseconds', bars } }],
  }
}

function checkpointSection(lines: readonly LineOf<'checkpoint'>[]): Section {
  if (lines.length === 0) return { markdown: [], charts: [] }
  const rows = lines.map((line) => [
    line.bench,
    line.snapshot,
    line.state,
    String(line.keys),
    ...[line.workMs, line.durationMs, line.longestPauseMs, line.restoreMs].map(
      ({ median, max }) => `${median} / ${max}`,
    ),
    String(Math.round(line.sizeBytes / 1_000)),
    String(line.peakRssMb),
  ])
  const headings = ['bench', 'kind', 'state', 'keys', 'work', 'until committed', 'longest pause', 'restore']
  return {
    markdown: [
      '## Checkpoints',
      'Milliseconds, median / max.',
      markdownTable([[...headings, 'kB', 'peak MB'], ...rows]),
    ],
    charts: [],
  }
}

function memorySection(lines: readonly LineOf<'memory'>[]): Section {
  if (lines.length === 0) return { markdown: [], charts: [] }
  const rows = lines.flatMap((line) => memoryRows(line))
  return {
    markdown: [
      '## Memory with a hot key and a slow sink',
      markdownTable([['', 'early MB', 'median MB', 'max MB', 'late MB'], ...rows]),
      ...lines.map(
        ({ state, eventLoopDelayMs: { p50, p99, max } }) =>
          `Event-loop delay with state on the ${state}: ${p50} ms (median), ${p99} ms (99 %), ${max} ms (max).`,
      ),
    ],
    charts: [],
  }
}

function memoryRows({ state, rssMb, heapMb }: MemoryFigures): readonly (readonly string[])[] {
  return [
    { name: 'resident', course: rssMb },
    { name: 'heap', course: heapMb },
  ].map(({ name, course: { early, median, max, late } }) => [
    `${name}, state on the ${state}`,
    ...[early, median, max, late].map(String),
  ])
}

function titleOf({ workload, records, parallelism, state, checkpointMs }: EngineLine): string {
  return setupTitle(workload, { records, parallelism, state, checkpointMs })
}

function shortTitleOf({ workload, parallelism, state, checkpointMs }: EngineLine): string {
  const checkpoints = checkpointMs === 0 ? 'no checkpoints' : `checkpoints every ${checkpointMs} ms`
  return `${workload}: parallelism ${parallelism}, ${state}, ${checkpoints}`
}

function fileNameOf({ workload, parallelism, state, checkpointMs }: EngineLine | RatioLine): string {
  return `${workload}-p${parallelism}-${state}-${checkpointMs === 0 ? 'off' : `${checkpointMs}ms`}`
}
