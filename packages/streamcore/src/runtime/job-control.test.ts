// What can be asked of a running job: another parallelism, and the state of a key.
import { describe, expect, it } from 'vitest'
import { MemoryJobState, startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { countingJob, hasRead, rowsOf, total } from './test/counting-job.js'

describe('rescaling a running job', () => {
  it('goes on from a checkpoint at another parallelism, up and down, and nothing is lost or doubled', async () => {
    const target = new MemoryTarget<string>()
    const gate = { limit: 100 }
    const state = new MemoryJobState()
    const job = startInMemory(countingJob(gate, target.sink()), { state })
    await hasRead(job, 100, nextMacrotask)
    await job.rescale(4)
    expect(job.isRunning()).toBe(true)
    gate.limit = 200
    await hasRead(job, 200, nextMacrotask)
    await job.rescale(2)
    gate.limit = total
    expect(await job.result).toMatchObject({ status: 'finished', restarts: 0 })
    expect([...target.committed].sort()).toEqual(rowsOf(0, total))
    const manifest = (await state.storage.slots()).filter((slot) => slot.kind === 'checkpoint').at(-1)
    expect(manifest?.operators.find(({ uid }) => uid === 'count')?.parallelism).toBe(2)
  })

  it('is refused where it makes no sense, and the job is not affected', async () => {
    const target = new MemoryTarget<string>()
    const gate = { limit: 100 }
    const job = startInMemory(countingJob(gate, target.sink()))
    await hasRead(job, 100, nextMacrotask)
    await expect(job.rescale(0)).rejects.toThrow(/parallelism/)
    gate.limit = total
    await job.result
    await expect(job.rescale(2)).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
    expect([...target.committed].sort()).toEqual(rowsOf(0, total))
  })

  it('gives way to a stop', async () => {
    const target = new MemoryTarget<string>()
    const job = startInMemory(countingJob({ limit: 100 }, target.sink()))
    await hasRead(job, 100, nextMacrotask)
    const refused = expect(job.rescale(3)).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
    expect(await job.stop()).toMatchObject({ status: 'stopped' })
    await refused
  })
})

describe('the state of a running job', () => {
  it.each([1, 3])('is read per key at parallelism %i without disturbing the job', async (parallelism) => {
    const target = new MemoryTarget<string>()
    const gate = { limit: 105 }
    const job = startInMemory(countingJob(gate, target.sink()), { parallelism })
    await hasRead(job, 105, nextMacrotask)
    await job.checkpoint()
    for (let key = 0; key < 10; key++)
      expect(await job.queryState('count', 'count', key)).toBe(key < 5 ? 11 : 10)
    expect(await job.queryState('count', 'count', 'nobody')).toBeUndefined()
    gate.limit = total
    await job.result
    expect([...target.committed].sort()).toEqual(rowsOf(0, total))
  })

  it('is asked for by names that exist, while the job runs', async () => {
    const gate = { limit: 100 }
    const job = startInMemory(countingJob(gate, new MemoryTarget<string>().sink()))
    await hasRead(job, 100, nextMacrotask)
    await expect(job.queryState('cuont', 'count', 1)).rejects.toThrow(
      /operator with state \(count\), got 'cuont'/,
    )
    await expect(job.queryState('count', 'sum', 1)).rejects.toThrow(
      /state of operator 'count' \(count\), got 'sum'/,
    )
    await job.cancel()
    await expect(job.queryState('count', 'count', 1)).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
  })
})
