// Tests of whole jobs that fail, stop and start again: whatever happens, the target holds each output once.
import { describe, expect, it } from 'vitest'
import { collectionSource } from '../api/collection-source.js'
import { defineJob, type Job, type NoParams } from '../api/define-job.js'
import { MemoryCheckpointStorage } from '../checkpoint/memory-checkpoint-storage.js'
import type { CheckpointStorage } from '../contracts/checkpoint-storage.js'
import { RetryableError } from '../contracts/errors.js'
import { type } from '../contracts/schema.js'
import type { Sink } from '../contracts/sink.js'
import type { Source } from '../contracts/source.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { forMonotonousTimestamps } from '../contracts/watermark-strategy.js'
import { MemoryJobState, runToEnd, startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { fixedDelay } from './restart-strategy.js'

const count = 4_000
const numbers = Array.from({ length: count }, (_, index) => index)
const keyCount = 10
const lost = () => new RetryableError('STREAMCORE_CONNECTION', 'the connection was lost')

/** Fails each time it is asked for the n-th time, for each n given. */
class Trouble {
  #calls = 0
  readonly #failing: ReadonlySet<number>

  constructor(failing: readonly number[]) {
    this.#failing = new Set(failing)
  }

  happens(): boolean {
    this.#calls++
    return this.#failing.has(this.#calls)
  }

  mayThrow(): void {
    if (this.happens()) throw lost()
  }
}

/** Emits for each number how many of its key came before. */
function countingJob(source: Source<number>, sink: Sink<string>): Job<NoParams> {
  return defineJob({ name: 'count' }, (env) => {
    env
      .fromSource(source, { uid: 'numbers' })
      .keyBy((value) => value % keyCount)
      .process({
        uid: 'count',
        state: { count: valueState<number>('count') },
        *processElement(_, { key, state }) {
          const before = state.count.value() ?? 0
          state.count.update(before + 1)
          yield `${key}:${before}`
        },
      })
      .sinkTo(sink, { uid: 'out' })
  })
}

/** Each key counts up without a gap or a repetition, in order. */
function expectExact(target: MemoryTarget<string>): void {
  for (let key = 0; key < keyCount; key++) {
    const counts = target.committed.filter((text) => text.startsWith(`${key}:`))
    expect(counts).toEqual(Array.from({ length: count / keyCount }, (_, before) => `${key}:${before}`))
  }
}

/** A source whose fetches fail. */
function troubled(source: Source<number>, trouble: Trouble): Source<number> {
  return {
    ...source,
    createReader: async (...args) => {
      const reader = await source.createReader(...args)
      return {
        // Small batches, so that there are many fetches.
        fetch: async () => {
          trouble.mayThrow()
          return await reader.fetch(100)
        },
        close: () => reader.close(),
      }
    },
  }
}

interface SinkTroubles {
  readonly prepare?: Trouble
  readonly claim?: Trouble
  readonly before?: Trouble
  readonly after?: Trouble
}

/** A sink whose flushes, claims and commits fail, before or after their effect. */
function troubledSink(target: MemoryTarget<string>, troubles: SinkTroubles): Sink<string> {
  const sink = target.sink()
  return {
    ...sink,
    createWriter: async (context) => {
      const writer = await sink.createWriter(context)
      return {
        write: (value, timestampMs) => writer.write(value, timestampMs),
        prepareCommit: async (checkpointId) => {
          troubles.prepare?.mayThrow()
          return await writer.prepareCommit(checkpointId)
        },
        pendingBytes: () => writer.pendingBytes(),
        close: () => writer.close(),
      }
    },
    createCommitter: async (context) => {
      const committer = await sink.createCommitter(context)
      return {
        claim: async (epoch) => {
          troubles.claim?.mayThrow()
          return await committer.claim(epoch)
        },
        commit: async (marker, committables) => {
          troubles.before?.mayThrow()
          await committer.commit(marker, committables.map(String))
          troubles.after?.mayThrow()
        },
        close: () => committer.close(),
      }
    },
  }
}

/** Storage calls fail, before or after their effect. */
function troubledStorage(
  storage: CheckpointStorage,
  call: 'writePart' | 'publish' | 'seal' | 'slots' | 'readPart' | 'recordCommit' | 'lastCommit' | 'remove',
  at: { readonly before: Trouble; readonly after: Trouble },
): CheckpointStorage {
  const around = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (name === call) at.before.mayThrow()
    const result = await work()
    if (name === call) at.after.mayThrow()
    return result
  }
  return {
    writePart: (ref, name, bytes) => around('writePart', () => storage.writePart(ref, name, bytes)),
    publish: (manifest) => around('publish', () => storage.publish(manifest)),
    seal: (slot) => around('seal', () => storage.seal(slot)),
    slots: () => around('slots', () => storage.slots()),
    readPart: (ref, part) => around('readPart', () => storage.readPart(ref, part)),
    recordCommit: (commit) => around('recordCommit', () => storage.recordCommit(commit)),
    lastCommit: () => around('lastCommit', () => storage.lastCommit()),
    remove: (ref) => around('remove', () => storage.remove(ref)),
    removeOrphans: (epoch) => storage.removeOrphans(epoch),
    close: () => storage.close(),
  }
}

const source = collectionSource(numbers)
const none = new Trouble([])
const restart = fixedDelay(10, 1_000)

describe('a job whose source fails', () => {
  it.each([1, 2])('restarts and loses nothing at parallelism %i', async (parallelism) => {
    const target = new MemoryTarget<string>()
    const job = countingJob(troubled(source, new Trouble([1, 3, 20, 40])), target.sink())
    const result = await runToEnd(job, { restart, parallelism, state: new MemoryJobState() })
    expect(result).toMatchObject({ status: 'finished', restarts: 4 })
    expectExact(target)
  })

  it('ends with the failure once the attempts are used up without a checkpoint between', async () => {
    const target = new MemoryTarget<string>()
    const job = countingJob(troubled(source, new Trouble([1, 2, 3, 4, 5])), target.sink())
    await expect(
      runToEnd(job, { restart: fixedDelay(3, 1_000), state: new MemoryJobState() }),
    ).rejects.toThrow('the connection was lost')
    expect(target.committed).toEqual([])
  })
})

describe('a job whose sink fails', () => {
  it.each<[string, (troubles: readonly number[]) => SinkTroubles]>([
    ['to flush', (at) => ({ prepare: new Trouble(at) })],
    ['to be claimed', (at) => ({ claim: new Trouble(at) })],
    ['before it has committed', (at) => ({ before: new Trouble(at) })],
    ['after it has committed', (at) => ({ after: new Trouble(at) })],
  ])('%s writes each output once', async (_, troubles) => {
    for (const at of [[1], [2], [1, 2, 3]]) {
      const target = new MemoryTarget<string>()
      const result = await runToEnd(countingJob(source, troubledSink(target, troubles(at))), {
        restart,
        state: new MemoryJobState(),
      })
      expect(result.status).toBe('finished')
      expectExact(target)
    }
  })
})

describe('a job whose storage fails', () => {
  const calls = [
    'writePart',
    'publish',
    'seal',
    'slots',
    'readPart',
    'recordCommit',
    'lastCommit',
    'remove',
  ] as const
  const cases = calls.flatMap((call) => [[call, 'before'] as const, [call, 'after'] as const])

  it.each(cases)('in %s, %s its effect, writes each output once', async (call, when) => {
    for (const nth of [1, 2, 3, 5]) {
      const target = new MemoryTarget<string>()
      const trouble = new Trouble([nth, nth + 1])
      const storage = troubledStorage(new MemoryCheckpointStorage(simulatedDigest), call, {
        before: when === 'before' ? trouble : none,
        after: when === 'after' ? trouble : none,
      })
      // Reading parts takes a restart first.
      const reader = troubled(source, new Trouble(call === 'readPart' ? [20, 45] : []))
      const result = await runToEnd(countingJob(reader, target.sink()), {
        restart,
        state: new MemoryJobState(storage),
      })
      expect(result.status).toBe('finished')
      expectExact(target)
    }
  })
})

describe('a job that is cancelled', () => {
  it('goes on from its last checkpoint in the next run', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    const job = countingJob(source, target.sink())
    const handle = startInMemory(job, { state })
    while (target.commits.length === 0) await nextMacrotask()
    expect(await handle.cancel()).toMatchObject({ status: 'cancelled' })
    expect(target.committed.length).toBeLessThan(count)
    await runToEnd(job, { state, parallelism: 3 })
    expectExact(target)
  })
})

/** Reads 1, 2, 3 … without an end. */
const endless: Source<number> = {
  kind: 'endless',
  config: null,
  boundedness: 'unbounded',
  createEnumerator: async () => ({
    discover: async () => [{ id: 'all', info: null }],
    close: async () => {},
  }),
  createReader: async (_, position) => {
    let next = Number(position ?? 0)
    return {
      fetch: async () => {
        const start = next
        next += 100
        return {
          records: Array.from({ length: 100 }, (__, index) => start + index + 1),
          positionAfter: (index) => start + index + 1,
          endPosition: next,
          placeOf: (index) => `number ${start + index + 1}`,
          isEnd: false,
        }
      },
      close: async () => {},
    }
  },
}

describe('a job that is stopped', () => {
  /** Sums per key with a timer per record far in the future, and messages that follow later. */
  const job = (target: MemoryTarget<string>) =>
    defineJob({ name: 'sums' }, (env) => {
      env
        .fromSource(endless, { uid: 'endless', watermarks: forMonotonousTimestamps((value) => value) })
        .keyBy((value) => value % keyCount)
        .process({
          uid: 'sums',
          state: { timers: valueState<number>('timers'), messages: valueState<number>('messages') },
          emits: type<string>(),
          messages: type<number>(),
          processElement: (value, ctx) => {
            ctx.timers.registerEventTimeTimer(value + 1e9)
            ctx.continueLater(value)
          },
          onMessage: (value, { key, state }, out) => {
            state.messages.update((state.messages.value() ?? 0) + 1)
            out.collect(`message ${key}:${value}`)
          },
          onTimer: (timestampMs, { key }, out) => out.collect(`timer ${key}:${timestampMs - 1e9}`),
        })
        .sinkTo(target.sink(), { uid: 'out' })
    })

  it('has committed everything up to its last checkpoint, and ends', async () => {
    const target = new MemoryTarget<string>()
    const handle = startInMemory(job(target), { state: new MemoryJobState() })
    while (target.commits.length < 2) await nextMacrotask()
    expect(await handle.stop()).toMatchObject({ status: 'stopped' })
    expect(target.committed.some((text) => text.startsWith('timer'))).toBe(false)
  })

  it('fires its timers first when it is drained', async () => {
    const target = new MemoryTarget<string>()
    const handle = startInMemory(job(target))
    while (target.commits.length < 2) await nextMacrotask()
    expect(await handle.stop({ drain: true })).toMatchObject({ status: 'finished' })
    const timers = target.committed.filter((text) => text.startsWith('timer'))
    const messages = target.committed.filter((text) => text.startsWith('message'))
    expect(timers.length).toBe(messages.length)
    expect(timers.length).toBeGreaterThan(0)
  })

  it('restores timers and undelivered messages at any parallelism', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    for (const parallelism of [2, 3, 1]) {
      const handle = startInMemory(job(target), { state, parallelism })
      const enough = target.commits.length + 2
      while (target.commits.length < enough) await nextMacrotask()
      await handle.stop()
    }
    const last = startInMemory(job(target), { state, parallelism: 2 })
    while (!last.isRunning()) await nextMacrotask()
    await last.stop({ drain: true })
    const read = target.committed.filter((text) => text.startsWith('message')).length
    for (const kind of ['message', 'timer']) {
      for (let key = 0; key < keyCount; key++) {
        const values = target.committed
          .filter((text) => text.startsWith(`${kind} ${key}:`))
          .map((text) => Number(text.split(':')[1]))
        const expected = Array.from({ length: read }, (_, index) => index + 1).filter(
          (value) => value % keyCount === key,
        )
        expect(values).toEqual(expected)
      }
    }
  })
})
