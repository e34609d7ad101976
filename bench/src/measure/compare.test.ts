// The comparison of engines: order, ratios, differences, and how its lines look.
import { expect, it } from 'vitest'
import type { EngineName } from '../engines/engine.js'
import { jsonLines } from '../report/json-lines.js'
import { tableText } from '../report/table.js'
import { type Comparison, compare } from './compare.js'
import { parseRunResult, type RunResult } from './run-result.js'

const setup = { records: 1_000, parallelism: 1, state: 'heap', checkpointMs: 0 } as const
const result: RunResult = { rps: 10, perCpuSecond: 9, peakRssMb: 80.4, otherCores: 0, out: 1_000, sum: 5 }
const rates: Readonly<Record<EngineName, readonly number[]>> = {
  streamcore: [30.2, 10, 20],
  loop: [40, 39, 80],
}

async function compared(
  change: (engine: EngineName, round: number) => Partial<RunResult>,
): Promise<Comparison> {
  return await compare({
    workload: 'w1',
    setup,
    peers: ['loop'],
    rounds: 3,
    expected: { out: 1_000, sum: 5 },
    run: async (engine, round) => ({
      ...result,
      rps: rates[engine][round - 1] ?? 0,
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
  expect((await compared(() => ({}))).ratios).toEqual([{ peer: 'loop', ratio: 0.5 }])
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

it('prints a line of JSON per engine and one per peer', async () => {
  const lines = jsonLines(await compared(() => ({}))).map((line): unknown => JSON.parse(line))
  const configuration = { parallelism: 1, state: 'heap', checkpointMs: 0 }
  const figures = { records: 1_000, perCpuSecond: 9, peakRssMb: 80, out: 1_000, sum: 5 }
  expect(lines).toEqual([
    {
      workload: 'w1',
      engine: 'streamcore',
      ...configuration,
      ...figures,
      rps: { min: 10, median: 20, max: 30 },
    },
    { workload: 'w1', engine: 'loop', ...configuration, ...figures, rps: { min: 39, median: 40, max: 80 } },
    { workload: 'w1', peer: 'loop', ...configuration, ratio: 0.5 },
  ])
})

it('marks disturbed runs in the table', async () => {
  const text = tableText(await compared((engine) => (engine === 'loop' ? { otherCores: 0.7 } : {})))
  expect(text.split('\n').filter((line) => line.includes('0.7!'))).toHaveLength(1)
  expect(text).toContain('0.50 times loop')
})

it('reads back what a run has printed, past other lines, and refuses anything else', () => {
  expect(parseRunResult(`a warning\n${JSON.stringify(result)}\n`)).toEqual(result)
  expect(() => parseRunResult('nothing')).toThrow('Expected a line of JSON')
  expect(() => parseRunResult('{"rps":"fast"}')).toThrow('Expected `rps` of a result to be a number')
})
