// Tests of the coordinator: what follows on what, what a job survives, and what ends it.
import { describe, expect, it } from 'vitest'
import { StreamcoreError } from '../contracts/errors.js'
import type { Lease } from '../contracts/ports/lease.js'
import { testPorts } from '../testing/test-ports.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { ownLease, startCoordinator as start } from './test/started-coordinator.js'

const lostLease: Lease = {
  ...ownLease,
  assertCurrent: async () => {
    throw new StreamcoreError('STREAMCORE_FENCED', 'another process has taken over')
  },
}

describe('a checkpoint', () => {
  it('is durable before any sink commits, and committed before the next one starts', async () => {
    const { calls, coordinator, answer } = await start()
    const first = coordinator.checkpoint({ isFinal: false })
    answer(1)
    await first
    const second = coordinator.checkpoint({ isFinal: false })
    answer(2)
    await second
    expect(calls).toEqual(
      [1, 2].flatMap((id) => [
        `trigger ${id}`,
        `write ${id}`,
        `publish ${id}`,
        `commit ${id}`,
        `record ${id}`,
        `committed ${id}`,
      ]),
    )
  })

  it('names its parts, its parent and whether it is the last one', async () => {
    const { storage, coordinator, answer } = await start()
    const first = coordinator.checkpoint({ isFinal: false })
    answer(1)
    await first
    const last = coordinator.lastCheckpoint({ isFinal: true })
    answer(2)
    await last
    expect(await storage.slots()).toMatchObject([
      {
        id: 1,
        madeBy: 1,
        parent: undefined,
        isFinal: false,
        parts: [{ uid: 'count', kind: 'keyed', sizeBytes: 1 }],
      },
      { id: 2, madeBy: 1, parent: { id: 1, madeBy: 1 }, isFinal: true },
    ])
  })

  it('waits for parts that are still being written when the last task acknowledges', async () => {
    const { calls, coordinator, storage, answer } = await start()
    let goOn = () => {}
    storage.held = new Promise((resolve) => {
      goOn = resolve
    })
    const work = coordinator.checkpoint({ isFinal: false })
    answer(1)
    await nextMacrotask()
    expect(calls).toEqual(['trigger 1'])
    goOn()
    await work
    expect(calls).toContain('publish 1')
  })

  it('takes no pieces, output or acknowledgements of another one', async () => {
    const { calls, coordinator, answer } = await start()
    const work = coordinator.checkpoint({ isFinal: false })
    answer(0)
    answer(2)
    coordinator.committables(7, 'out', ['x'])
    await nextMacrotask()
    expect(calls).toEqual(['trigger 1'])
    answer(1)
    await work
  })
})

describe('checkpoints that are asked for at the same time', () => {
  it('wait for each other, the last one included', async () => {
    const { calls, coordinator, answer } = await start()
    const periodic = coordinator.tryCheckpoint()
    const asked = [coordinator.checkpointNow(), coordinator.checkpointNow()]
    const last = coordinator.lastCheckpoint({ isFinal: true })
    for (let id = 1; id <= 4; id++) {
      answer(id)
      await nextMacrotask()
    }
    await Promise.all([periodic, ...asked, last])
    expect(calls.filter((call) => call.startsWith('trigger'))).toEqual(
      [1, 2, 3, 4].map((id) => `trigger ${id}`),
    )
    expect(coordinator.completedCount).toBe(4)
  })

  it('give way when they are only periodic', async () => {
    const { coordinator, answer } = await start()
    const work = coordinator.checkpoint({ isFinal: false })
    expect(await coordinator.tryCheckpoint()).toBe(false)
    answer(1)
    await work
  })
})

describe('the periodic loop', () => {
  it('starts a checkpoint per interval until it is stopped', async () => {
    const { clock, coordinator, answer } = await start()
    const loop = coordinator.runPeriodically(new AbortController().signal)
    for (let id = 1; id <= 3; id++) {
      clock.advance(100)
      await nextMacrotask()
      answer(id)
      await nextMacrotask()
    }
    expect(coordinator.completedCount).toBe(3)
    coordinator.stop()
    clock.advance(100)
    await loop
    expect(coordinator.nextId).toBe(4)
  })

  it('ends with its signal', async () => {
    const { coordinator } = await start()
    const abort = new AbortController()
    const loop = coordinator.runPeriodically(abort.signal)
    abort.abort()
    await loop
  })
})

describe('a checkpoint that takes too long', () => {
  it('is given up and its parts removed; the next one succeeds', async () => {
    const { calls, clock, failures, coordinator, piece, answer } = await start()
    const slow = coordinator.tryCheckpoint()
    piece(1)
    await nextMacrotask()
    clock.advance(1_000)
    expect(await slow).toBe(false)
    expect(calls).toEqual(['trigger 1', 'write 1', 'abort 1', 'remove 1'])
    const next = coordinator.tryCheckpoint()
    answer(2)
    expect(await next).toBe(true)
    expect(failures).toEqual([])
  })

  it('does not leave behind parts that were still being written', async () => {
    const { calls, clock, storage, coordinator, piece } = await start()
    let goOn = () => {}
    storage.held = new Promise((resolve) => {
      goOn = resolve
    })
    const slow = coordinator.tryCheckpoint()
    piece(1)
    clock.advance(1_000)
    await nextMacrotask()
    // What comes now comes too late.
    piece(1)
    goOn()
    await slow
    expect(calls).toEqual(['trigger 1', 'abort 1', 'write 1', 'remove 1'])
  })

  it('fails the job when it happens too often in a row', async () => {
    const { clock, failures, coordinator, answer } = await start({ tolerableFailures: 1 })
    const fail = async () => {
      const work = coordinator.tryCheckpoint()
      clock.advance(1_000)
      await work
    }
    await fail()
    const good = coordinator.tryCheckpoint()
    answer(2)
    await good
    await fail()
    expect(failures).toEqual([])
    await fail()
    expect(failures).toMatchObject([{ code: 'STREAMCORE_CHECKPOINT_FAILED' }])
  })

  it('and was to be the last one before a stop leaves the job running, with checkpoints', async () => {
    const { clock, coordinator, answer } = await start()
    const loop = coordinator.runPeriodically(new AbortController().signal)
    const stop = coordinator.lastCheckpoint({ isFinal: false })
    clock.advance(1_000)
    await expect(stop).rejects.toMatchObject({ code: 'STREAMCORE_CHECKPOINT_FAILED' })
    await nextMacrotask()
    clock.advance(100)
    await nextMacrotask()
    answer(2)
    await nextMacrotask()
    expect(coordinator.completedCount).toBe(1)
    coordinator.stop()
    clock.advance(100)
    await loop
  })
})

describe('a failure that leaves the outcome unknown', () => {
  it.each(['writePart', 'publish'] as const)(
    'in %s fails the job, whoever asked for the checkpoint',
    async (call) => {
      for (const ask of ['tryCheckpoint', 'checkpointNow'] as const) {
        const { calls, failures, storage, coordinator, answer } = await start()
        storage.failing = call
        const work = coordinator[ask]().catch((error: unknown) => error)
        answer(1)
        await work
        expect(failures).toMatchObject([{ code: 'STREAMCORE_IO' }])
        expect(calls.filter((each) => each.startsWith('commit') || each.startsWith('remove'))).toEqual([])
      }
    },
  )

  it('in a write that ends after the time-out fails the job too', async () => {
    const { clock, failures, storage, coordinator, piece } = await start()
    let goOn = () => {}
    storage.held = new Promise((resolve) => {
      goOn = resolve
    })
    const slow = coordinator.tryCheckpoint()
    piece(1)
    clock.advance(1_000)
    await nextMacrotask()
    storage.failing = 'writePart'
    goOn()
    await slow
    expect(failures).toMatchObject([{ code: 'STREAMCORE_IO' }])
  })

  it('in a sink fails the job after the checkpoint became durable', async () => {
    const { calls, failures, target, storage, coordinator, answer } = await start()
    const other = await target
      .sink()
      .createCommitter({ jobId: 'job', uid: 'out', connections: {}, ports: testPorts() })
    await other.claim(2)
    const work = coordinator.tryCheckpoint()
    answer(1)
    expect(await work).toBe(false)
    expect(failures).toMatchObject([{ code: 'STREAMCORE_FENCED' }])
    expect(calls).not.toContain('record 1')
    expect(await storage.slots()).toMatchObject([{ kind: 'checkpoint', id: 1 }])
  })
})

describe('a slot that is taken', () => {
  it('ends this process when a newer one holds the lease', async () => {
    const { failures, storage, target, coordinator, answer } = await start({}, lostLease)
    await storage.seal({ kind: 'sealed', id: 1, madeBy: 2 })
    const work = coordinator.tryCheckpoint()
    answer(1)
    await work
    expect(failures).toMatchObject([{ code: 'STREAMCORE_FENCED' }])
    expect(target.committed).toEqual([])
  })

  it('declines the checkpoint when an older process has sealed it; the next slot serves', async () => {
    const { failures, storage, coordinator, answer } = await start()
    await storage.seal({ kind: 'sealed', id: 1, madeBy: 0 })
    const declined = coordinator.tryCheckpoint()
    answer(1)
    expect(await declined).toBe(false)
    const next = coordinator.tryCheckpoint()
    answer(2)
    expect(await next).toBe(true)
    expect(failures).toEqual([])
  })
})

describe('old checkpoints', () => {
  it('go once a newer one is committed, and the oldest first', async () => {
    const { calls, storage, coordinator, answer } = await start({ retained: 2 })
    await storage.seal({ kind: 'sealed', id: 0, madeBy: 1 })
    for (let id = 1; id <= 4; id++) {
      const work = coordinator.checkpoint({ isFinal: false })
      answer(id)
      await work
    }
    expect(calls.filter((call) => call.startsWith('remove'))).toEqual(['remove 0', 'remove 1', 'remove 2'])
    expect(calls.indexOf('remove 1')).toBeGreaterThan(calls.indexOf('committed 3'))
    expect((await storage.slots()).map((slot) => slot.id)).toEqual([3, 4])
  })
})

describe('a coordinator that is stopped', () => {
  it('gives up the checkpoint under way and starts no other', async () => {
    const { failures, coordinator } = await start()
    const work = coordinator.checkpoint({ isFinal: false })
    coordinator.stop()
    await expect(work).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
    await expect(coordinator.checkpointNow()).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
    expect(await coordinator.tryCheckpoint()).toBe(false)
    expect(failures).toEqual([])
  })

  it('still finishes a commit under way', async () => {
    const { calls, coordinator, answer } = await start()
    const work = coordinator.checkpoint({ isFinal: false })
    answer(1)
    while (!calls.includes('publish 1')) await Promise.resolve()
    coordinator.stop()
    await coordinator.settled()
    await work
    expect(calls).toContain('record 1')
  })
})
