// Whole jobs whose state expires: while they are down, and when the time to live is switched on or off in between.
import { expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { hours } from '../contracts/duration.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import type { StateTtlConfig } from '../contracts/state/state-ttl.js'
import { MemoryJobState, runToEnd, startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { hasRead, numbers, total } from './test/counting-job.js'

const anHour: StateTtlConfig = { time: '1 hour' }

/** Counts ten keys. */
function job(target: MemoryTarget<string>, ttl: StateTtlConfig | undefined, limit: number) {
  return defineJob({ name: 'counts' }, (env) => {
    env
      .fromSource(numbers({ limit }), { uid: 'numbers' })
      .keyBy((value) => value % 10)
      .process({
        uid: 'counts',
        state: { count: valueState<number>('count', ttl === undefined ? {} : { ttl }) },
        *processElement(_, { key, state }) {
          state.count.update((state.count.value() ?? 0) + 1)
          yield `${key}: ${state.count.value()}`
        },
      })
      .sinkTo(target.sink(), { uid: 'out' })
  })
}

/** Stops after ten numbers of each key; gives what key 7 has next, when the job is started again at this time. */
async function nextCount(
  from: StateTtlConfig | undefined,
  to: StateTtlConfig | undefined,
  startMs: number,
): Promise<string | undefined> {
  const target = new MemoryTarget<string>()
  const state = new MemoryJobState()
  const handle = startInMemory(job(target, from, 100), { state })
  await hasRead(handle, 100, nextMacrotask)
  await handle.stop()
  await runToEnd(job(target, to, total), { state, startMs, parallelism: 2 })
  return target.committed.filter((row) => row.startsWith('7:'))[10]
}

type Ttl = StateTtlConfig | undefined

it.each<[string, string, readonly [from: Ttl, to: Ttl], number]>([
  ['goes on with what it knew after half an hour', '7: 11', [anHour, anHour], 0.5],
  ['has forgotten it after two hours', '7: 1', [anHour, anHour], 2],
  ['has forgotten it after half an hour by a shorter time', '7: 1', [anHour, { time: '1 minute' }], 0.5],
  ['still knows it after two hours by a longer time', '7: 11', [anHour, { time: '1 day' }], 2],
  ['knows all when it is told to forget from now on', '7: 11', [undefined, anHour], 2],
  ['knows what it had not forgotten when it was told to forget nothing', '7: 11', [anHour, undefined], 0.5],
  ['does not remember again what it forgot', '7: 1', [anHour, undefined], 2],
])('a job %s', async (_, count, [from, to], afterHours) => {
  expect(await nextCount(from, to, hours(afterHours))).toBe(count)
})

it('a job is refused before its first record when the time to live counts in another time', async () => {
  await expect(nextCount(anHour, { ...anHour, timeDomain: 'event' }, 0)).rejects.toMatchObject({
    code: 'STREAMCORE_STATE_MISMATCH',
  })
})
