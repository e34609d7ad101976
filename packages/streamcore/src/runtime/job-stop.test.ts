// Tests of stopping and cancelling at awkward moments: while a job starts, waits for a restart, or commits its last checkpoint.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import type { Lease } from '../contracts/ports/lease.js'
import { RetryableError } from '../contracts/errors.js'
import type { Sink } from '../contracts/sink.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { MemoryJobState, startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import type { JobHandle, JobResult } from './job-runner.js'
import { MemoryLease } from './memory-lease.js'
import { fixedDelay } from './restart-strategy.js'

const numbers = Array.from({ length: 2_000 }, (_, index) => index)

const jobInto = (sink: Sink<number>) =>
  defineJob({ name: 'copy' }, (env) => {
    env.fromCollection(numbers).sinkTo(sink, { uid: 'out' })
  })

/** Counts what is held. */
class WatchedLease extends MemoryLease implements Lease {
  held = 0

  override async acquire(...args: Parameters<MemoryLease['acquire']>): Promise<number> {
    this.held = 1
    return await super.acquire(...args)
  }

  override async release(): Promise<void> {
    this.held = 0
  }
}

/** A state whose lease tells whether it is held. */
function watchedState() {
  const lease = new WatchedLease()
  const state: MemoryJobState = Object.create(new MemoryJobState(), { lease: { value: lease } })
  return { state, lease }
}

/** A target that can not be reached. */
const unreachable: Sink<number> = {
  ...new MemoryTarget<number>().sink(),
  createWriter: async () => {
    throw new RetryableError('STREAMCORE_CONNECTION', 'nobody answers')
  },
}

/** Waits until a job waits for its restart; a restart itself would come after a day. */
async function waitingJob(state: MemoryJobState): Promise<JobHandle> {
  const logger = new RecordingLogger()
  const handle = startInMemory(jobInto(unreachable), {
    state,
    logger,
    restart: fixedDelay(1_000_000, 86_400_000),
  })
  while (!logger.lines.some(({ message }) => message.startsWith('restarting'))) await nextMacrotask()
  return handle
}

describe('a job that waits for a restart', () => {
  it('is cancelled at once', async () => {
    const { state, lease } = watchedState()
    const handle = await waitingJob(state)
    expect(await handle.cancel()).toMatchObject({ status: 'cancelled' })
    expect(lease.held).toBe(0)
  })

  it('that is stopped tries once more, to commit what its last checkpoint left, and says what is in the way', async () => {
    const { state, lease } = watchedState()
    const handle = await waitingJob(state)
    await expect(handle.stop()).rejects.toThrow('nobody answers')
    expect(lease.held).toBe(0)
  })
})

describe('a job that has not begun yet', () => {
  it.each<[string, (handle: JobHandle) => Promise<JobResult>, string]>([
    ['stopped', (handle) => handle.stop(), 'stopped'],
    ['cancelled', (handle) => handle.cancel(), 'cancelled'],
  ])('can be %s, and takes no record', async (_, end, status) => {
    const target = new MemoryTarget<number>()
    const { state, lease } = watchedState()
    const handle = startInMemory(jobInto(target.sink()), { state })
    expect(await end(handle)).toMatchObject({ status })
    expect(target.committed).toEqual([])
    expect(lease.held).toBe(0)
  })

  it('can be drained, which ends it with what it has', async () => {
    const target = new MemoryTarget<number>()
    const handle = startInMemory(jobInto(target.sink()), {})
    expect(await handle.stop({ drain: true })).toMatchObject({ status: 'finished' })
    expect(target.committed).toEqual(numbers.slice(0, target.committed.length))
  })
})

describe('a job that commits its last checkpoint', () => {
  /** The commit of a target that waits until it is let go. */
  function heldCommit(target: MemoryTarget<number>) {
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let isCommitting = false
    const sink = target.sink()
    const holding: Sink<number> = {
      ...sink,
      createCommitter: async (context) => {
        const committer = await sink.createCommitter(context)
        return {
          claim: (epoch) => committer.claim(epoch),
          commit: async (marker, committables) => {
            isCommitting = true
            await held
            await committer.commit(marker, committables.map(Number))
          },
          close: () => committer.close(),
        }
      },
    }
    return { holding, letGo: () => letGo(), isCommitting: () => isCommitting }
  }

  it('finishes when it is stopped', async () => {
    const target = new MemoryTarget<number>()
    const { holding, letGo, isCommitting } = heldCommit(target)
    const handle = startInMemory(jobInto(holding), { checkpoint: { intervalMs: 1e9 } })
    while (!isCommitting()) await nextMacrotask()
    const stopped = handle.stop()
    letGo()
    expect(await stopped).toMatchObject({ status: 'finished' })
    expect(target.committed).toEqual(numbers)
  })

  it('is cancelled without a failure, and commits each output once', async () => {
    const target = new MemoryTarget<number>()
    const { holding, letGo, isCommitting } = heldCommit(target)
    const handle = startInMemory(jobInto(holding), { checkpoint: { intervalMs: 1e9 } })
    while (!isCommitting()) await nextMacrotask()
    const cancelled = handle.cancel()
    letGo()
    expect(await cancelled).toMatchObject({ status: 'cancelled' })
    expect(target.committed).toEqual(numbers)
  })
})

describe('a job that fails for good', () => {
  it('leaves its lease to the next run', async () => {
    const { state, lease } = watchedState()
    const failing = defineJob({ name: 'failing' }, (env) => {
      env
        .fromCollection(numbers)
        .map(() => {
          throw new Error('always')
        })
        .sinkTo(new MemoryTarget<never>().sink(), { uid: 'out' })
    })
    await expect(startInMemory(failing, { state }).result).rejects.toThrow('always')
    expect(lease.held).toBe(0)
  })
})
