// A job that counts numbers per key, from a source that stops where a test wants it to, and what it must have written.
import { defineJob, type Job } from '../../api/define-job.js'
import type { JobHandle } from '../job-runner.js'
import type { Sink } from '../../contracts/sink.js'
import type { Source } from '../../contracts/source.js'
import { valueState } from '../../contracts/state/state-descriptors.js'

/** How many numbers there are. */
export const total = 300

/** Up to which number the source may read. */
export interface Gate {
  limit: number
}

/** Numbers up to the gate, readable from any position. */
export function numbers(gate: Gate): Source<number> {
  return {
    kind: 'numbers',
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
          next = Math.max(start, Math.min(gate.limit, start + 20))
          return {
            records: Array.from({ length: next - start }, (_, index) => start + index),
            positionAfter: (index) => start + index + 1,
            endPosition: next,
            placeOf: (index) => `number ${start + index}`,
            isEnd: next === total,
          }
        },
        close: async () => {},
      }
    },
  }
}

/** Counts per last digit; a row tells whether a number was counted once. */
export function countingJob(gate: Gate, sink: Sink<string>): Job<Readonly<Record<string, never>>> {
  return defineJob({ name: 'count' }, (env) => {
    env
      .fromSource(numbers(gate), { uid: 'numbers' })
      .keyBy((value) => value % 10)
      .process({
        uid: 'count',
        state: { count: valueState<number>('count') },
        *processElement(_, { key, state }) {
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          yield `${key}:${count}`
        },
      })
      .sinkTo(sink, { uid: 'out' })
  })
}

/** The rows of the numbers from `start` to below `end`, sorted. */
export function rowsOf(start: number, end: number): readonly string[] {
  return Array.from({ length: end - start }, (_, index) => start + index)
    .map((value) => `${value % 10}:${Math.floor(value / 10) + 1}`)
    .sort()
}

/** Resolves once the job has read that many numbers in this run; fails when it ends before. */
export async function hasRead(job: JobHandle, count: number, turn: () => Promise<void>): Promise<void> {
  const seen = job.metrics.counter('records_in_total', { operator: 'numbers' })
  let end: unknown
  job.result.then(
    (result) => (end = result),
    (error: unknown) => (end = error),
  )
  while (seen.value() < count) {
    if (end !== undefined)
      throw end instanceof Error ? end : new Error('The job ended before it had read enough')
    await turn()
  }
}
