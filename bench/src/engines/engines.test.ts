// Every engine on every workload, small: they must do the same work, also in several subtasks and with checkpoints.
import { describe, expect, it } from 'vitest'
import { Stopwatch } from '../measure/stopwatch.js'
import { workloads } from '../workloads/catalogue.js'
import { engines } from './engine.js'

const records = 20_000

describe.each(workloads)('$name', (workload) => {
  it.each([
    { parallelism: 1, checkpointMs: 0 },
    { parallelism: 3, checkpointMs: 0 },
    { parallelism: 1, checkpointMs: 1 },
    { parallelism: 2, checkpointMs: 1 },
    { parallelism: 1, checkpointMs: 0, state: 'leveldb' },
    { parallelism: 2, checkpointMs: 1, state: 'leveldb' },
  ] as const)('gives the expected result on streamcore with %o', async (given) => {
    const tally = await engines.streamcore(workload, { records, state: 'heap', ...given }, new Stopwatch())
    expect(tally).toEqual(workload.expected(records))
  })

  it('is timed on both engines', async () => {
    const setup = { records, state: 'heap', parallelism: 1, checkpointMs: 0 } as const
    for (const run of Object.values(engines)) {
      const stopwatch = new Stopwatch()
      await run(workload, setup, stopwatch)
      const { seconds, steadySeconds } = stopwatch.timing()
      expect(seconds).toBeGreaterThanOrEqual(steadySeconds)
      expect(steadySeconds).toBeGreaterThan(0)
    }
  })
})
