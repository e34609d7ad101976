// Tests of whole jobs in memory.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { RetryableError } from '../contracts/errors.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { fixedDelay } from '../runtime/restart-strategy.js'
import { MemoryJobState, runToEnd, startInMemory } from './memory-job.js'
import { MemoryTarget } from './memory-target.js'
import { nextMacrotask } from './turn-scheduler.js'

const numbers = Array.from({ length: 20_000 }, (_, index) => index)

function countingJob(target: MemoryTarget<number>, onElement: (value: number) => void = () => {}) {
  return defineJob({ name: 'count' }, (env) => {
    env
      .fromCollection(numbers)
      .keyBy((value) => value % 10)
      .process({
        uid: 'count',
        state: { count: valueState<number>('count') },
        *processElement(value, { state }) {
          onElement(value)
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          yield count
        },
      })
      .sinkTo(target.sink(), { uid: 'out' })
  })
}

const expected = numbers.map((value) => Math.floor(value / 10) + 1)
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)

describe('runToEnd', () => {
  it.each([1, 3])('runs a job with several checkpoints at parallelism %i', async (parallelism) => {
    const target = new MemoryTarget<number>()
    const result = await runToEnd(countingJob(target), { parallelism })
    expect(result).toMatchObject({ status: 'finished', restarts: 0 })
    expect(result.completedCheckpoints).toBeGreaterThan(1)
    expect(sorted(target.committed)).toEqual(expected)
  })

  it('waits for no restart delay', async () => {
    const target = new MemoryTarget<number>()
    let failures = 0
    const sink = target.sink()
    const job = defineJob({ name: 'restarts' }, (env) => {
      env.fromCollection(numbers).sinkTo(
        {
          ...sink,
          createWriter: async (context) => {
            if (failures++ < 2) throw new RetryableError('STREAMCORE_CONNECTION', 'The target is away')
            return await sink.createWriter(context)
          },
        },
        { uid: 'out' },
      )
    })
    const result = await runToEnd(job, { restart: fixedDelay(2, 3_600_000) })
    expect(result).toMatchObject({ status: 'finished', restarts: 2 })
    expect(target.committed).toEqual(numbers)
  })

  it('goes on from the state of an earlier run, at another parallelism', async () => {
    const target = new MemoryTarget<number>()
    const state = new MemoryJobState()
    const job = countingJob(target)
    const first = startInMemory(job, { state, parallelism: 2 })
    while (target.commits.length === 0) await nextMacrotask()
    await first.cancel()
    expect(target.committed.length).toBeLessThan(numbers.length)
    expect(await runToEnd(job, { state, parallelism: 3 })).toMatchObject({ status: 'finished' })
    expect(sorted(target.committed)).toEqual(expected)
  })

  it('refuses a source that never ends', async () => {
    const job = defineJob({ name: 'endless' }, (env) => {
      env
        .fromSource(
          {
            kind: 'ticks',
            config: null,
            boundedness: 'unbounded',
            createEnumerator: () => Promise.reject(new Error('not to be opened')),
            createReader: () => Promise.reject(new Error('not to be opened')),
          },
          { uid: 'ticks' },
        )
        .sinkTo(new MemoryTarget<unknown>().sink(), { uid: 'out' })
    })
    await expect(runToEnd(job)).rejects.toThrow("'ticks' is unbounded; use startInMemory()")
  })
})
