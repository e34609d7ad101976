// State that changes over the years: versions with migrations through stop, change and start, and what is refused.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import {
  listState,
  mapState,
  type StateMigrations,
  valueState,
} from '../contracts/state/state-descriptors.js'
import { MemoryJobState, runToEnd, startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { hasRead, numbers, total } from './test/counting-job.js'

interface TotalsV1 {
  readonly count: number
}
interface TotalsV2 extends TotalsV1 {
  readonly sum: number
}
interface TotalsV3 {
  readonly n: number
  readonly mean: number
}

const toV2 = ({ count }: TotalsV1): TotalsV2 => ({ count, sum: -1 })
const toV3 = ({ count, sum }: TotalsV2): TotalsV3 => ({ n: count, mean: sum / count })

interface Version<T> {
  readonly version: number
  readonly target: MemoryTarget<string>
  readonly limit: number
  readonly next: (old: T | undefined, value: number) => T
  readonly migrate?: StateMigrations
}

/** The job of one version: what it keeps per key, and what it emits. */
function job<T>({ version, target, limit, next, migrate = {} }: Version<T>) {
  return defineJob({ name: 'totals' }, (env) => {
    env
      .fromSource(numbers({ limit }), { uid: 'numbers' })
      .keyBy((value) => value % 10)
      .process({
        uid: 'totals',
        state: {
          totals: valueState<T>('totals', { version, migrate }),
          seen: listState<unknown>('seen', {
            version: Math.min(2, version),
            migrate: version === 1 ? {} : seenMigration,
          }),
          byParity: mapState<string, unknown>('by-parity'),
        },
        *processElement(value, { key, state }) {
          state.totals.update(next(state.totals.value(), value))
          state.seen.add(version === 1 ? value : { value })
          state.byParity.put(value % 20 < 10 ? 'low' : 'high', value)
          yield JSON.stringify([
            key,
            state.totals.value(),
            [...state.seen.get()].length,
            [...state.byParity.keys()].length,
          ])
        },
      })
      .sinkTo(target.sink(), { uid: 'out' })
  })
}

const seenMigration: StateMigrations = { 1: (value: number) => ({ value }) }

const v1 = (target: MemoryTarget<string>, limit: number) =>
  job<TotalsV1>({ version: 1, target, limit, next: (old) => ({ count: (old?.count ?? 0) + 1 }) })
const v2 = (target: MemoryTarget<string>, limit: number) =>
  job<TotalsV2>({
    version: 2,
    target,
    limit,
    next: (old, value) => ({ count: (old?.count ?? 0) + 1, sum: (old?.sum ?? 0) + value }),
    migrate: { 1: toV2 },
  })
const v3 = (target: MemoryTarget<string>, migrate: StateMigrations) =>
  job<TotalsV3>({
    version: 3,
    target,
    limit: total,
    next: (old, value) => ({ n: (old?.n ?? 0) + 1, mean: value }),
    migrate,
  })

async function runUntil(started: ReturnType<typeof v1 | typeof v2>, state: MemoryJobState, count: number) {
  const handle = startInMemory(started, { state })
  await hasRead(handle, count, nextMacrotask)
  await handle.stop()
}

const rowsOfKey7 = (target: MemoryTarget<string>) =>
  target.committed.map((row): unknown => JSON.parse(row)).filter((row) => Array.isArray(row) && row[0] === 7)

describe('state of an older version', () => {
  it('is migrated step by step, also when a version was never run', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    await runUntil(v1(target, 100), state, 100)
    await runToEnd(v3(target, { 1: toV2, 2: toV3 }), { state, parallelism: 2 })
    expect(rowsOfKey7(target).slice(9, 11)).toEqual([
      [7, { count: 10 }, 10, 2],
      [7, { n: 11, mean: 107 }, 11, 2],
    ])
  })

  it('needs its migration no longer once the job has run with the new version', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    await runUntil(v1(target, 100), state, 100)
    await runUntil(v2(target, 110), state, 10)
    await runToEnd(v3(target, { 2: toV3 }), { state })
    expect(rowsOfKey7(target)[10]).toEqual([7, { count: 11, sum: 106 }, 11, 2])
    expect(rowsOfKey7(target).at(-1)).toEqual([7, { n: 30, mean: 297 }, 30, 2])
  })

  it('is refused before the first record where a step is missing, and the old job goes on', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    await runUntil(v1(target, 100), state, 100)
    await expect(runToEnd(v3(target, { 1: toV2 }), { state })).rejects.toMatchObject({
      code: 'STREAMCORE_STATE_MISMATCH',
      message: expect.stringMatching(
        /state 'totals' of operator 'totals' in version 3 .* from version 1.*no migration from version 2; declare migrate: \{ 2:/,
      ),
    })
    expect(target.committed).toHaveLength(100)
    await runToEnd(v1(target, total), { state })
    expect(rowsOfKey7(target).at(-1)).toEqual([7, { count: 30 }, 30, 2])
  })

  it('is refused when it is newer than the job', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    await runUntil(v2(target, 100), state, 100)
    await expect(runToEnd(v1(target, total), { state, allowDroppedState: true })).rejects.toThrow(
      /version 2, as in the checkpoint, got a value state of version 1/,
    )
    expect(target.committed).toHaveLength(100)
  })
})
