/** The report of one file of results: tables in Markdown, and a chart for each of them. */
import type { MemoryFigures } from '../memory/memory-bench.js'
import { barChartSvg } from './bar-chart.js'
import { comparisonSection, comparisonsIn, summarySection } from './comparison-section.js'
import type { ResultLine } from './json-lines.js'
import { markdownTable } from './markdown-table.js'
import type { Section } from './section.js'
import { stateText } from './table.js'

/** The files of a report. */
export interface Report {
  readonly markdown: string
  /** By file name. */
  readonly charts: ReadonlyMap<string, string>
}

type LineOf<K extends ResultLine['kind']> = Extract<ResultLine, { readonly kind: K }>

/** Makes the report; the names of its charts begin with `name`. */
export async function makeReport(name: string, lines: readonly ResultLine[]): Promise<Report> {
  const runs = linesOf(lines, 'run')
  if (runs.length === 0)
    throw new Error(`Expected ${name} to begin with a line that describes the run, got none`)
  const comparisons = comparisonsIn(lines)
  const sections = [
    remarksSection(lines),
    summarySection(comparisons),
    ...comparisons.map((comparison) => comparisonSection(name, comparison)),
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

function remarksSection(lines: readonly ResultLine[]): Section {
  const skipped = linesOf(lines, 'skipped').map(({ peer, reason }) => `- ${peer} was not measured: ${reason}`)
  const problems = linesOf(lines, 'problem').map(({ text }) => `- **${text}**`)
  const remarks = [...problems, ...skipped]
  return { markdown: remarks.length === 0 ? [] : [remarks.join('\n')], charts: [] }
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
          `Event-loop delay, ${stateText(state)}: ${p50} ms (median), ${p99} ms (99 %), ${max} ms (max).`,
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
    `${name}, ${stateText(state)}`,
    ...[early, median, max, late].map(String),
  ])
}
