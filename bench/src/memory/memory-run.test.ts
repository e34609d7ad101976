// The memory bench, small: it ends, and every record reaches the slow sink.
import { expect, it } from 'vitest'
import { memoryTable } from './memory-bench.js'
import { runMemory } from './memory-run.js'

it.each(['heap', 'leveldb'] as const)('watches a run with state on the %s', async (state) => {
  const run = await runMemory({ records: 20_000, state, sinkRecordsPerSecond: 100_000 })
  expect(run.rssMb.max).toBeGreaterThanOrEqual(run.rssMb.median)
  expect(run.heapMb.max).toBeGreaterThan(0)
  expect(run.eventLoopDelayMs.max).toBeGreaterThanOrEqual(run.eventLoopDelayMs.p50)
  expect(memoryTable({ state, records: 20_000, sinkRecordsPerSecond: 100_000, ...run })).toContain(
    '20,000 records',
  )
})
