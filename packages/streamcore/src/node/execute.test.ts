// execute: durable state, restarts of the process, refusals.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import type { Source } from '../contracts/source.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { levelStateBackend } from '../leveldb/index.js'
import { heapStateBackend } from '../state/heap-keyed-state-backend.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { execute } from './execute.js'
import { levelState } from './level-state.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-execute-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

/** Counts up to `end`, a few numbers a fetch, and can be read again from any position. */
function counting(end: number, gate?: { limit: number }): Source<number> {
  return {
    kind: 'counting',
    config: null,
    boundedness: 'bounded',
    createEnumerator: async () => ({
      discover: async () => [{ id: 'all', info: null }],
      close: async () => {},
    }),
    createReader: async (_split, position) => {
      let next = typeof position === 'number' ? position : 0
      return {
        fetch: async () => {
          const start = next
          next = Math.min(end, gate?.limit ?? end, start + 50)
          const records = Array.from({ length: next - start }, (_, index) => start + index)
          return {
            records,
            positionAfter: (index) => start + index + 1,
            endPosition: next,
            placeOf: (index) => `number ${start + index}`,
            isEnd: next === end,
          }
        },
        close: async () => {},
      }
    },
  }
}

const countJob = (gate: { limit: number }, target: MemoryTarget<string>) =>
  defineJob({ name: 'count' }, (env) => {
    env
      .fromSource(counting(1_000, gate), { uid: 'numbers' })
      .keyBy((value) => value % 10)
      .process({
        uid: 'count',
        state: { count: valueState<number>('count') },
        *processElement(_, { key, state }) {
          state.count.update((state.count.value() ?? 0) + 1)
          yield `${key}:${state.count.value()}`
        },
      })
      .sinkTo(target.sink(), { uid: 'out' })
  })

describe('execute', () => {
  it.each([
    ['a directory', (path: string) => path, heapStateBackend],
    ['LevelDB', levelState, heapStateBackend],
    [
      'a directory, with keyed state in LevelDB before and on the heap after',
      (path: string) => path,
      () => levelStateBackend({ directory, cacheBytes: 0 }),
    ],
  ] as const)(
    'goes on from the checkpoint of a stopped run in %s, also at another parallelism',
    async (_, stateIn, stateBackend) => {
      const target = new MemoryTarget<string>()
      const state = stateIn(directory)
      const gate = { limit: 350 }
      const logger = new RecordingLogger()
      const first = await execute(
        countJob(gate, target),
        {},
        { state, logger, stateBackend: stateBackend(), checkpoint: { intervalMs: 5 } },
      )
      let hasFailed = false
      first.result.catch(() => {
        hasFailed = true
      })
      const seen = first.metrics.counter('records_in_total', { operator: 'numbers' })
      while (seen.value() < 350 && !hasFailed) await new Promise((resolve) => setImmediate(resolve))
      expect(await first.stop()).toMatchObject({ status: 'stopped' })
      expect(target.committed).toHaveLength(350)
      gate.limit = 1_000
      const second = await execute(countJob(gate, target), {}, { state, logger, parallelism: 3 })
      expect(await second.result).toMatchObject({ status: 'finished' })
      const expected = Array.from(
        { length: 1_000 },
        (_, value) => `${value % 10}:${Math.floor(value / 10) + 1}`,
      )
      expect([...target.committed].sort()).toEqual(expected.sort())
      const third = await execute(countJob(gate, target), {}, { state, logger, stateBackend: stateBackend() })
      expect(await third.result).toMatchObject({ status: 'finished' })
      expect(target.committed).toHaveLength(1_000)
    },
  )

  it('refuses a job id that is no name, naming the option', async () => {
    await expect(execute(countJob({ limit: 1 }, new MemoryTarget()), {}, { jobId: '../x' })).rejects.toThrow(
      /Expected `jobId`/,
    )
  })
})
