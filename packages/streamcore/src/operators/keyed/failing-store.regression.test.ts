// A store that failed under a good record made a poisoned one of it: the record was diverted, or the job ended for good.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../../api/define-job.js'
import { StreamcoreError } from '../../contracts/errors.js'
import type { KeyValueStore } from '../../contracts/ports/key-value-store.js'
import { listState, valueState } from '../../contracts/state/state-descriptors.js'
import { fixedDelay } from '../../runtime/restart-strategy.js'
import { keyValueStateBackend } from '../../state/key-value/key-value-state-backend.js'
import { TestStore } from '../../state/test/test-store.js'
import { runToEnd } from '../../testing/memory-job.js'
import { MemoryTarget } from '../../testing/memory-target.js'

const numbers = Array.from({ length: 900 }, (_, index) => index)

/** Sums what a list that does not stand in the row of its key holds; each sum is right only if nothing was skipped. */
function sumsJob(target: MemoryTarget<string>) {
  return defineJob({ name: 'sums' }, (env) => {
    env
      .fromCollection(numbers)
      .keyBy((value) => value % 3)
      .process({
        uid: 'sums',
        state: { seen: listState<number>('seen') },
        *processElement(value, { key, state }) {
          state.seen.add(value)
          yield `${key}: ${[...state.seen.get()].reduce((sum, each) => sum + each, 0)}`
        },
      })
      .sinkTo(target.sink(), { uid: 'out' })
    env
      .deadLetters()
      .map(({ reason }) => `dead: ${reason}`)
      .sinkTo(target.sink(), { uid: 'dead' })
  })
}

/** All stores together fail one reading call, and stay unusable from then on. */
async function run(failingRead: number) {
  const target = new MemoryTarget<string>()
  let reads = 0
  const failing = (): KeyValueStore => {
    const store = new TestStore()
    let failure: StreamcoreError | undefined
    const check = () => {
      reads++
      if (reads === failingRead) failure = new StreamcoreError('STREAMCORE_IO', 'Expected to read, got: EIO')
      if (failure !== undefined) throw failure
    }
    return {
      get: (key) => store.get(key),
      getSync: (key) => {
        check()
        return store.getSync(key)
      },
      getMany: async (keys) => {
        check()
        return await store.getMany(keys)
      },
      batch: (operations) => store.batch(operations),
      entries: (range) => store.entries(range),
      close: () => store.close(),
    }
  }
  const stateBackend = keyValueStateBackend({ kind: 'failing', cacheBytes: 0, open: async () => failing() })
  const options = { stateBackend, restart: fixedDelay(1, 10), maxAttemptsPerRecord: 1 }
  const { restarts } = await runToEnd(sumsJob(target), options)
  return { reads, restarts, committed: [...target.committed].sort() }
}

describe('a state store that fails while a record is processed', () => {
  it('restarts the job, which then processes the record, whichever read fails', async () => {
    const undisturbed = await run(0)
    expect(undisturbed).toMatchObject({ restarts: 0, committed: { length: numbers.length } })
    expect(undisturbed.reads).toBeGreaterThan(400)
    for (let read = 1; read <= undisturbed.reads; read += 1 + Math.floor(undisturbed.reads / 40)) {
      const disturbed = await run(read)
      expect(disturbed.restarts, `read ${read}`).toBe(1)
      expect(disturbed.committed).toEqual(undisturbed.committed)
    }
  })
})

describe('state that cannot be written', () => {
  it('fails the job, and diverts none of the records that come after', async () => {
    const target = new MemoryTarget<unknown>()
    const job = defineJob({ name: 'unwritable' }, (env) => {
      env
        .fromCollection(numbers)
        .keyBy((value) => value)
        .process({
          uid: 'keeps',
          state: { kept: valueState<unknown>('kept') },
          // Looks like what was put before it, so that it is found when its row is written.
          processElement: (value, { state }) =>
            state.kept.update({ value: value === 5 ? () => value : value }),
        })
        .sinkTo(target.sink(), { uid: 'out' })
      env.deadLetters().sinkTo(target.sink(), { uid: 'dead' })
    })
    const open = () => Promise.resolve(new TestStore())
    const stateBackend = keyValueStateBackend({ kind: 'tiny', cacheBytes: 0, open })
    await expect(runToEnd(job, { stateBackend, maxAttemptsPerRecord: 1 })).rejects.toMatchObject({
      code: 'STREAMCORE_SERIALIZATION',
      message: expect.stringContaining('`value.value` for key 5'),
    })
    expect([...target.committed]).toEqual([])
  })
})
