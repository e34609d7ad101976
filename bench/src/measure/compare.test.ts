// The comparison of engines: order, ratios, differences and failures, and how its lines look.
import { expect, it } from 'vitest'
import type { EngineName } from '../engines/engine-names.js'
import { comparisonLines } from '../report/json-lines.js'
import { tableText } from '../report/table.js'
import { type Comparison, compare } from './compare.js'
import type { TimedRun } from './run-child.js'
import { parseRunResult } from './run-result.js'

const setup = { records: 1_000, parallelism: 1, workers: 1, state: 'heap', checkpointMs: 0 } as const
const result: TimedRun = {
  rps: 10,
  perCpuSecond: 9,
  peakRssMb: 80.4,
  otherCores: 0,
  firstRecordAtMs: 1_700_000_000_000,
  startupMs: 150,
  out: 1_000,
  sum: 5,
}
const rates: Partial<Record<EngineName, readonly number[]>> = {
  streamcore: [30.2, 10, 20],
  loop: [40, 39, 80],
}

async function compared(
  change: (engine: EngineName, round: number) => Partial<TimedRun>,
): Promise<Comparison> {
  return await compare({
    workload: 'w1',
    setup,
    peers: ['loop'],
    rounds: 3,
    expected: { out: 1_000, sum: 5 },
    run: async (engine, round) => ({
      ...result,
      rps: rates[engine]?.[round - 1] ?? 0,
      ...change(engine, round),
    }),
  })
}

it('runs the engines in turn', async () => {
  const order: string[] = []
  await compared((engine, round) => {
    order.push(`${engine} ${round}`)
    return {}
  })
  expect(order).toEqual(['streamcore 1', 'loop 1', 'streamcore 2', 'loop 2', 'streamcore 3', 'loop 3'])
})

it('divides medians by medians', async () => {
  const { ratios } = await compared((engine) =>
    engine === 'loop' ? { perCpuSecond: 18, peakRssMb: 40.2 } : {},
  )
  expect(ratios).toEqual([{ peer: 'loop', ratio: 0.5, cpuRatio: 0.5, memoryRatio: 2 }])
})

it('has nothing to complain about when all results are as expected', async () => {
  expect((await compared(() => ({}))).differences).toEqual([])
})

it('names the engine of each round whose result is another one', async () => {
  const { differences } = await compared((engine, round) =>
    engine === 'loop' && round === 2 ? { sum: 6 } : {},
  )
  expect(differences).toEqual([
    'Expected loop to give out 1000, sum 5 on w1 with 1000 records, got out 1000, sum 6',
  ])
})

it('goes on with the others when an engine fails, and says so', async () => {
  const order: string[] = []
  const { engines, ratios, differences } = await compared((engine, round) => {
    order.push(`${engine} ${round}`)
    if (engine === 'loop') throw new Error('Expected loop on w1 to run to its end')
    return {}
  })
  expect(order).toEqual(['streamcore 1', 'loop 1', 'streamcore 2', 'streamcore 3'])
  expect(engines.map(({ engine }) => engine)).toEqual(['streamcore'])
  expect(ratios).toEqual([])
  expect(differences).toEqual(['Expected loop on w1 to run to its end'])
})

it('gives a line per engine and one per peer', async () => {
  const lines = comparisonLines(await compared(() => ({})))
  const configuration = { workload: 'w1', parallelism: 1, workers: 1, state: 'heap', checkpointMs: 0 }
  const figures = { records: 1_000, perCpuSecond: 9, peakRssMb: 80, startupMs: 150, otherCores: 0 }
  const engine = { kind: 'engine', ...configuration, ...figures, out: 1_000, sum: 5 }
  expect(lines).toEqual([
    { ...engine, engine: 'streamcore', rps: { min: 10, median: 20, max: 30 } },
    { ...engine, engine: 'loop', rps: { min: 39, median: 40, max: 80 } },
    { kind: 'ratio', ...configuration, peer: 'loop', ratio: 0.5, cpuRatio: 1, memoryRatio: 1 },
  ])
})

it('marks disturbed runs in the table and puts the ratio beside the peer', async () => {
  const text = tableText(await compared((engine) => (engine === 'loop' ? { otherCores: 0.7 } : {})))
  const lines = text.split('\n').filter((line) => line.includes('0.7!'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^loop .* 0\.50 +1\.00 +1\.00 /)
})

it('says in the title how many threads a parallel job has', async () => {
  const comparison = await compared(() => ({}))
  const titleWith = (workers: number): string =>
    tableText({ ...comparison, setup: { ...setup, parallelism: 2, workers } })
  expect(tableText(comparison)).not.toContain('threads')
  expect(titleWith(1)).toContain('streamcore runs its subtasks in one')
  expect(titleWith(2)).toContain('parallelism 2 (streamcore in 2 worker threads,')
})

it('reads back what a run has printed, past other lines, and refuses anything else', () => {
  const { startupMs: _, ...printed } = result
  expect(parseRunResult(`a warning\n${JSON.stringify(printed)}\n`)).toEqual(printed)
  expect(() => parseRunResult('nothing')).toThrow('Expected a line of JSON')
  expect(() => parseRunResult('{"rps":"fast"}')).toThrow('Expected `rps` of a result to be a number')
})
