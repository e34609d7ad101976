// Tests of the coordinator: what follows on what, what a job survives, and what ends it.
/* oxlint-disable max-lines -- one setting serves all of these cases */
import { describe, expect, it } from 'vitest'
import type { CheckpointPart } from '../contracts/checkpoint-storage.js'
import { StreamcoreError } from '../contracts/errors.js'
import { keyGroupRange } from '../contracts/key-groups.js'
import type { Lease } from '../contracts/ports/lease.js'
import { ManualClock } from '../testing/manual-clock.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { testPorts } from '../testing/test-ports.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { type CheckpointConfig, CheckpointCoordinator } from './checkpoint-coordinator.js'
import { SinkCommitters } from './sink-committers.js'
import { WatchedStorage } from './test/watched-storage.js'

const owner = { uid: 'count', subtaskIndex: 0, keyGroups: keyGroupRange(0, 1) }
const config: CheckpointConfig = {
  intervalMs: 100,
  timeoutMs: 1_000,
  retained: 2,
  tolerableFailures: 1,
  incremental: true,
  deltasMax: 20,
  deltaShareMax: 0.5,
}

const ownLease: Lease = {
  acquire: async () => 1,
  assertCurrent: async () => {},
  release: async () => {},
}

const lostLease: Lease = {
  ...ownLease,
  assertCurrent: async () => {
    throw new StreamcoreError('STREAMCORE_FENCED', 'another process has taken over')
  },
}

async function start(given: Partial<CheckpointConfig> = {}, lease: Lease = ownLease) {
  const calls: string[] = []
  const failures: unknown[] = []
  const clock = new ManualClock()
  const storage = new WatchedStorage(calls)
  const target = new MemoryTarget<string>()
  const committer = await target.sink().createCommitter({
    jobId: 'job',
    uid: 'out',
    connections: {},
    ports: testPorts(),
  })
  const committers = new SinkCommitters('job', 1, [
    {
      uid: 'out',
      committer: {
        ...committer,
        commit: async (marker) => {
          calls.push(`commit ${marker.checkpointId}`)
          await committer.commit(marker, [`output of ${marker.checkpointId}`])
        },
      },
    },
  ])
  await committers.claimAll()
  const coordinator = new CheckpointCoordinator({
    jobId: 'job',
    epoch: 1,
    graphHash: 'hash',
    operators: [],
    config: { ...config, ...given },
    storage,
    committers,
    lease,
    tasks: {
      count: 1,
      trigger: (id) => calls.push(`trigger ${id}`),
      abort: (id) => calls.push(`abort ${id}`),
      committed: (id) => calls.push(`committed ${id}`),
    },
    ports: testPorts({ clock }),
    parent: undefined,
    firstId: 1,
    onFailure: (error) => failures.push(error),
  })
  const piece = (id: number, kind: CheckpointPart['kind'] = 'keyed') => {
    const bytes = Uint8Array.of(id)
    coordinator.piece(id, owner, kind === 'keyed' ? { kind, bytes, isDelta: false } : { kind, bytes })
  }
  /** The task hands over one piece and acknowledges. */
  const answer = (id: number) => {
    piece(id)
    coordinator.acknowledge(id)
  }
  return { calls, failures, clock, storage, target, coordinator, piece, answer }
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

describe('incremental checkpoints', () => {
  /** Bytes 1 are a full snapshot; others are a delta. */
  async function run(...sizes: readonly number[]) {
    const started = await start({ retained: 1 })
    const { coordinator } = started
    for (const [index, size] of sizes.entries()) {
      const work = coordinator.checkpoint({ isFinal: false })
      const isDelta = size !== 1
      if (isDelta) coordinator.piece(index + 1, owner, { kind: 'keyed', bytes: new Uint8Array(), isDelta })
      const bytes = new Uint8Array(size)
      if (size > 0) coordinator.piece(index + 1, owner, { kind: 'keyed', bytes, isDelta })
      coordinator.piece(index + 1, owner, { kind: 'messages', bytes: Uint8Array.of(1, 2) })
      coordinator.acknowledge(index + 1)
      await work
    }
    const [slot] = await started.storage.slots()
    if (slot?.kind !== 'checkpoint') throw new Error('A checkpoint was published')
    const parts = slot.parts.map(({ kind, sizeBytes, origin }) => [kind, sizeBytes, origin?.id])
    return { ...started, slot, parts }
  }

  it('refer to the keyed parts before them, in order, and keep these from being removed', async () => {
    const { parts, storage, slot } = await run(1, 20, 30)
    expect(parts).toEqual([
      ['keyed', 1, 1],
      ['keyed', 20, 2],
      ['keyed', 30, undefined],
      ['messages', 2, undefined],
    ])
    for (const part of slot.parts) await storage.readPart(slot, part)
  })

  it('go on with the chain although nothing has changed', async () => {
    const { parts } = await run(1, 20, 0)
    expect(parts).toEqual([
      ['keyed', 1, 1],
      ['keyed', 20, 2],
      ['messages', 2, undefined],
    ])
  })

  it('end with a full one', async () => {
    const { parts } = await run(1, 20, 1)
    expect(parts).toEqual([
      ['keyed', 1, undefined],
      ['messages', 2, undefined],
    ])
  })

  it('say what they wrote themselves, and how long the tasks stood still', async () => {
    const { coordinator, answer } = await run(1)
    const work = coordinator.checkpoint({ isFinal: false })
    coordinator.piece(2, owner, { kind: 'keyed', bytes: new Uint8Array(), isDelta: true })
    coordinator.piece(2, owner, { kind: 'keyed', bytes: new Uint8Array(7), isDelta: true })
    const counts = [3, 0, 0, 0, 0, 0, 0, 0]
    coordinator.acknowledge(2, { counts, maxMs: 0.5, totalMs: 1 })
    expect(await work).toMatchObject({ sizeBytes: 7, isIncremental: true, pauses: { counts, maxMs: 0.5 } })
    const next = coordinator.checkpoint({ isFinal: false })
    answer(3)
    expect(await next).toMatchObject({ sizeBytes: 1, isIncremental: false, pauses: { maxMs: 0 } })
  })

  it('never follow a snapshot of another incarnation', async () => {
    const { coordinator } = await start()
    const work = coordinator.checkpoint({ isFinal: false })
    const delta = { kind: 'keyed', bytes: new Uint8Array(), isDelta: true } as const
    expect(() => coordinator.piece(1, owner, delta)).toThrow(/a delta continues a snapshot/)
    coordinator.stop()
    await expect(work).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
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
