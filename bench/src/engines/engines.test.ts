// Every engine on every workload, small: they must do the same work, also in several subtasks and with checkpoints.
import { describe, expect, it } from 'vitest'
import { Stopwatch } from '../measure/stopwatch.js'
import { workloads } from '../workloads/catalogue.js'
import { nodeEngineNames } from './engine-names.js'
import { nodeEngines } from './node-engines.js'
import { runStreamcore } from './streamcore.js'

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
    const tally = await runStreamcore(
      workload,
      { records, workers: 1, state: 'heap', ...given },
      new Stopwatch(),
    )
    expect(tally).toEqual(workload.expected(records))
  })

  it.each(nodeEngineNames)('gives the expected result on %s, timed', async (name) => {
    const run = await nodeEngines[name]()
    const stopwatch = new Stopwatch()
    const setup = { records, state: 'heap', parallelism: 1, workers: 1, checkpointMs: 0 } as const
    expect(await run(workload, setup, stopwatch)).toEqual(workload.expected(records))
    const { seconds, steadySeconds } = stopwatch.timing()
    expect(seconds).toBeGreaterThanOrEqual(steadySeconds)
    expect(steadySeconds).toBeGreaterThan(0)
  })
})
