// Reports: from lines of JSON back to tables and charts.
import { expect, it } from 'vitest'
import { type EngineLine, parseResultLines, type ResultLine } from './json-lines.js'
import { makeReport } from './report.js'
import { ResultWriter } from './result-writer.js'

const run: ResultLine = {
  kind: 'run',
  date: '2026-01-02T03:04:05.000Z',
  commit: 'abc1234',
  isDirty: false,
  machine: { cpu: 'A Processor', cores: 2, memoryGb: 24, system: 'linux 6.1 x64' },
  versions: { node: '20.20.2', flink: '2.3.0' },
  limits: { javaHeapMb: 512, rocksdbManagedMb: 256 },
  rounds: 5,
}
const configuration = {
  workload: 'w2-10k',
  parallelism: 1,
  workers: 1,
  state: 'heap',
  checkpointMs: 0,
} as const
const ours: EngineLine = {
  kind: 'engine',
  ...configuration,
  engine: 'streamcore',
  records: 1_000_000,
  rps: { min: 19_000_000, median: 20_000_000, max: 21_500_000 },
  perCpuSecond: 18_000_000,
  peakRssMb: 130,
  startupMs: 160,
  otherCores: 0.1,
  out: 1_000_000,
  sum: 51_008_743,
}
const theirs: EngineLine = {
  ...ours,
  engine: 'flink-hashmap',
  rps: { min: 3_000_000, median: 4_000_000, max: 4_200_000 },
  otherCores: 0.8,
}
const ratio: ResultLine = {
  kind: 'ratio',
  ...configuration,
  peer: 'flink-hashmap',
  ratio: 5,
  cpuRatio: 7.5,
  memoryRatio: 0.25,
}
const startup: ResultLine = {
  kind: 'startup',
  engine: 'streamcore',
  startupMs: { min: 150, median: 160, max: 190 },
  peakRssMb: 70,
}
const memory: ResultLine = {
  kind: 'memory',
  state: 'heap',
  records: 2_000_000,
  sinkRecordsPerSecond: 200_000,
  seconds: 10,
  rssMb: { early: 90, median: 100, max: 130, late: 101 },
  heapMb: { early: 20, median: 30, max: 60, late: 31 },
  eventLoopDelayMs: { p50: 1.1, p99: 4.2, max: 20.5 },
}

it('reads back what it writes', () => {
  const lines = [run, ours, theirs, ratio, startup, memory]
  const printed: string[] = []
  const writer = new ResultWriter({ json: true, out: undefined, print: (text) => printed.push(text) })
  writer.write([run], '')
  writer.write(lines.slice(1), 'a table')
  writer.remark('a legend')
  expect(parseResultLines(printed.join('\n'), 'here')).toEqual(lines)
})

it('prints tables and remarks for people', () => {
  const printed: string[] = []
  const writer = new ResultWriter({ json: false, out: undefined, print: (text) => printed.push(text) })
  writer.write([run], '')
  writer.write([ours], 'a table')
  writer.remark('a legend')
  expect(printed).toEqual(['\na table\n', 'a legend'])
})

it('says where a line stands that it does not know', () => {
  expect(() => parseResultLines(`${JSON.stringify(run)}\nfast`, 'a.jsonl')).toThrow(
    'a.jsonl:2: expected a line of JSON',
  )
  expect(() => parseResultLines('\n{"kind":"rumour"}', 'a.jsonl')).toThrow(
    'a.jsonl:2: expected a line of kind',
  )
})

it('has a table and a chart per workload, with machine, versions and commit above', async () => {
  const { markdown, charts } = await makeReport('today', [run, ours, theirs, ratio])
  expect(markdown).toContain('| commit | abc1234 |')
  expect(markdown).toContain('A Processor, 2 cores, 24 GB')
  expect(markdown).toContain('node 20.20.2, flink 2.3.0')
  expect(markdown).toContain('Java heap 512 MB')
  expect(markdown).toContain('| streamcore | 19.00 | 20.00 | 21.50 | 18.00 | 130 | 160 |  |  |  |')
  expect(markdown).toContain(
    '| flink-hashmap (disturbed) | 3.00 | 4.00 | 4.20 | 18.00 | 130 | 160 | 5.00 | 7.50 | 0.25 |',
  )
  expect(markdown).toContain('| w2-10k, parallelism 1, state on the heap, no checkpoints | 5.00 |')
  expect([...charts.keys()]).toEqual(['today-w2-10k-p1-heap-off.svg'])
})

it('draws an engine per bar, the longer the faster', async () => {
  const { charts } = await makeReport('today', [run, ours, theirs])
  const svg = charts.get('today-w2-10k-p1-heap-off.svg') ?? ''
  expect(svg.startsWith('<svg')).toBe(true)
  for (const text of ['streamcore', 'flink-hashmap', 'million records per second', '20.00', '4.00']) {
    expect(svg).toContain(`>${text}<`)
  }
  const widths = [...svg.matchAll(/<path d="M0,[\d.]+h([\d.]+)v[^>]*fill=/g)].map((match) => Number(match[1]))
  expect(widths).toHaveLength(2)
  expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(5)
})

it('says how much faster two worker threads are than one thread', async () => {
  const faster: EngineLine = {
    ...ours,
    parallelism: 2,
    workers: 2,
    rps: { min: 30_000_000, median: 35_000_000, max: 36_000_000 },
  }
  const { markdown } = await makeReport('today', [run, ours, theirs, ratio, faster])
  expect(markdown).toContain('w2-10k: streamcore in 2 worker threads is 1.75 times as fast as in one thread')
  expect(markdown).toContain('w2-10k, parallelism 2 in 2 worker threads, state on the heap')
  expect(markdown).not.toContain('busy with something else')
  const { markdown: disturbed } = await makeReport('today', [run, { ...ours, otherCores: 1 }, ratio, faster])
  expect(disturbed).toContain('busy with something else')
  const { markdown: alone } = await makeReport('today', [run, ours, { ...faster, workers: 1 }, ratio])
  expect(alone).not.toContain('worker threads')
})

it('keeps setups of one workload apart', async () => {
  const often: EngineLine = { ...ours, checkpointMs: 1_000, state: 'leveldb' }
  const { charts } = await makeReport('today', [run, ours, often])
  expect([...charts.keys()]).toEqual(['today-w2-10k-p1-heap-off.svg', 'today-w2-10k-p1-leveldb-1000ms.svg'])
})

it('warns of figures from a tree with changes', async () => {
  const { markdown } = await makeReport('today', [{ ...run, isDirty: true }, ours])
  expect(markdown).toContain('**not for quoting**')
})

it('reports startup and memory', async () => {
  const { markdown, charts } = await makeReport('today', [run, startup, memory])
  expect(markdown).toContain('| streamcore | 150 | 160 | 190 | 70 |')
  expect(markdown).toContain('| heap, state on the heap | 20 | 30 | 60 | 31 |')
  expect(markdown).toContain('4.2 ms (99 %)')
  expect([...charts.keys()]).toEqual(['today-startup.svg'])
})

it('names what was not measured and what went wrong', async () => {
  const skipped: ResultLine = { kind: 'skipped', peer: 'jet', reason: 'no Java here' }
  const problem: ResultLine = { kind: 'problem', text: 'Expected loop to give out 1, sum 2' }
  const { markdown } = await makeReport('today', [run, skipped, ours, problem])
  expect(markdown).toContain('- jet was not measured: no Java here')
  expect(markdown).toContain('- **Expected loop to give out 1, sum 2**')
})

it('refuses results that do not say where they come from', async () => {
  await expect(makeReport('today', [ours])).rejects.toThrow(
    'Expected today to begin with a line that describes',
  )
})
