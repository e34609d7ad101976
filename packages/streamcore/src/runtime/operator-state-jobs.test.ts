// Whole jobs with operator state and broadcast state: stopped, rescaled, restarted, and what they refuse to take over.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import type { OperatorStateDescriptors, OperatorStateOptions } from '../contracts/state/operator-state.js'
import { broadcastState, operatorListState, unionListState } from '../contracts/state/operator-state.js'
import type { BroadcastWriter } from '../contracts/functions/unkeyed-context.js'
import { outputTag } from '../contracts/functions/output-tag.js'
import { type } from '../contracts/schema.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { MemoryJobState, runToEnd, startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { fixedDelay } from './restart-strategy.js'
import { hasRead, numbers, total } from './test/counting-job.js'

const ascending = (a: number, b: number): number => a - b
const all = Array.from({ length: total }, (_, index) => index)

/** Emits the numbers in batches of three; what is left over at the end comes as a smaller one. */
function batchJob(target: MemoryTarget<string>, limit: number, poison?: number) {
  return defineJob({ name: 'batches' }, (env) => {
    env
      .fromSource(numbers({ limit }), { uid: 'numbers' })
      .process({
        uid: 'batch',
        state: { buffer: operatorListState<number>('buffer'), starts: unionListState<string>('starts') },
        *processElement(value, { state }) {
          if (value === poison) throw new Error('no')
          state.buffer.add(value)
          const batch = [...state.buffer.get()]
          if (batch.length < 3) return
          yield `batch ${batch.join(' ')}`
          state.buffer.clear()
        },
        *endInput({ state }) {
          const rest = [...state.buffer.get()]
          if (rest.length > 0) yield `batch ${rest.join(' ')}`
          state.buffer.clear()
        },
      })
      .union(env.deadLetters().map(({ value }) => `refused: ${value}`))
      .sinkTo(target.sink(), { uid: 'out' })
  })
}

const numbersIn = (target: MemoryTarget<string>) =>
  target.committed.flatMap((text) => text.split(' ').slice(1).map(Number)).toSorted(ascending)

describe('operator state of a job', () => {
  it('is emptied by endInput, so that a bounded job emits everything', async () => {
    const target = new MemoryTarget<string>()
    await runToEnd(batchJob(target, total), { parallelism: 2 })
    expect(numbersIn(target)).toEqual(all)
  })

  it('is dealt out again when the job goes on at another parallelism: nothing is lost or doubled', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    let read = 0
    for (const [parallelism, limit] of [
      [3, 101],
      [1, 200],
      [2, 251],
    ] as const) {
      const handle = startInMemory(batchJob(target, limit), { state, parallelism })
      await hasRead(handle, limit - read, nextMacrotask)
      read = limit
      await handle.stop()
    }
    await runToEnd(batchJob(target, total), { state, parallelism: 3 })
    expect(numbersIn(target)).toEqual(all)
  })

  it('comes back from the last checkpoint after a failure; a record that fails again and again is diverted', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    const restart = fixedDelay(100, 1)
    const { restarts } = await runToEnd(batchJob(target, total, 150), { restart, state })
    expect(restarts).toBe(3)
    expect(target.committed.filter((text) => text.startsWith('refused'))).toEqual(['refused: 150'])
    expect(numbersIn(target)).toEqual(all)
  })
})

const rates = broadcastState<string, number>('rates')

type RatesContext = BroadcastWriter<typeof rates>
const keptRates = outputTag<string>('kept-rates')

/** Converts amounts, which are numbers, by the rates; every subtask tells which rates it has. */
function paymentJob(
  target: MemoryTarget<string>,
  changes: readonly (readonly [string, number])[],
  amounts: readonly number[],
) {
  return defineJob({ name: 'payments' }, (env) => {
    const converted = env
      .fromCollection(amounts, { uid: 'payments' })
      .keyBy((amount) => amount % 5)
      .connect(env.fromCollection(changes, { uid: 'rate-changes' }).broadcast(rates))
      .process({
        uid: 'convert',
        state: { count: valueState<number>('count') },
        *processElement(amount, ctx) {
          const count = (ctx.state.count.value() ?? 0) + 1
          ctx.state.count.update(count)
          yield `key ${ctx.key}, ${count}: ${amount * (ctx.broadcastState(rates).get('USD') ?? Number.NaN)}`
        },
        processBroadcastElement([currency, rate], ctx) {
          const state = ctx.broadcastState(rates)
          if (rate === 0) state.remove(currency)
          else state.put(currency, rate)
          ctx.output(keptRates, [...state.keys()].toSorted().join(' '))
        },
      })
    converted.union(converted.getSideOutput(keptRates)).sinkTo(target.sink(), { uid: 'out' })
  })
}

describe('broadcast state of a job', () => {
  it.each([
    [1, 1],
    [1, 3],
    [3, 2],
    [2, 3],
  ])('is the same in every subtask, also when the job goes on with %s and then %s', async (first, second) => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    const changes = [
      ['USD', 2],
      ['EUR', 3],
    ] as const
    await runToEnd(paymentJob(target, changes, []), { state, parallelism: first })
    expect(target.committed.toSorted()).toEqual([
      ...Array.from({ length: first }, () => 'EUR USD'),
      ...Array.from({ length: first }, () => 'USD'),
    ])
    const amounts = [10, 11, 12, 13, 14, 15]
    await runToEnd(paymentJob(target, changes, amounts), { state, parallelism: second })
    expect(target.committed.slice(2 * first).toSorted()).toEqual([
      'key 0, 1: 20',
      'key 0, 2: 30',
      'key 1, 1: 22',
      'key 2, 1: 24',
      'key 3, 1: 26',
      'key 4, 1: 28',
    ])
    await runToEnd(paymentJob(target, [...changes, ['USD', 0]], amounts), { state, parallelism: first })
    expect(target.committed.slice(2 * first + 6)).toEqual(Array.from({ length: first }, () => 'EUR'))
  })

  it.each(['keyed', 'not keyed'])('is read while the job runs (%s)', async (kind) => {
    const gate = { limit: 100 }
    const job = defineJob({ name: 'asked' }, (env) => {
      const broadcast = env.fromCollection([['USD', 2] as const], { uid: 'changes' }).broadcast(rates)
      const stream = env.fromSource(numbers(gate), { uid: 'numbers' })
      const fn = {
        uid: 'convert',
        state: {},
        processElement: () => {},
        processBroadcastElement([currency, rate]: readonly [string, number], ctx: RatesContext) {
          ctx.broadcastState(rates).put(currency, rate)
        },
      }
      const converted =
        kind === 'keyed'
          ? stream
              .keyBy((value) => value)
              .connect(broadcast)
              .process(fn)
          : stream.connect(broadcast).process(fn)
      converted.sinkTo(new MemoryTarget<never>().sink(), { uid: 'out' })
    })
    const handle = startInMemory(job, { parallelism: 2 })
    await hasRead(handle, 100, nextMacrotask)
    expect(await handle.queryState('convert', 'rates', 'USD')).toBe(2)
    expect(await handle.queryState('convert', 'rates', 'EUR')).toBe(undefined)
    await expect(handle.queryState('convert', 'none', 'USD')).rejects.toThrow(/\(rates\), got 'none'/)
    await handle.stop()
  })

  it('can not be changed by a record, which only one subtask sees', async () => {
    const job = defineJob({ name: 'wrong' }, (env) => {
      const changes = env.fromCollection([1], { uid: 'changes' }).broadcast(rates)
      env
        .fromCollection([1], { uid: 'numbers' })
        .connect(changes)
        .process({
          uid: 'writes',
          state: {},
          processElement(_, ctx) {
            const writable: unknown = ctx.broadcastState(rates)
            if (writable instanceof Object) Reflect.get(writable, 'put').call(writable, 'USD', 1)
          },
          processBroadcastElement: () => {},
        })
        .sinkTo(new MemoryTarget<never>().sink(), { uid: 'out' })
    })
    await expect(runToEnd(job)).rejects.toThrow(
      /broadcast state "rates" of operator "writes" to be changed only in processBroadcastElement, got put\(\) elsewhere.*processElement of operator 'writes'/,
    )
  })
})

describe('a savepoint', () => {
  it('holds lists and broadcast state, also between incremental checkpoints', async () => {
    const target = new MemoryTarget<string>()
    const state = new MemoryJobState()
    const gate = { limit: 100 }
    const job = () =>
      defineJob({ name: 'saved' }, (env) => {
        env
          .fromSource(numbers(gate), { uid: 'numbers' })
          .keyBy((value) => value % 10)
          .connect(env.fromCollection([['USD', 2] as const], { uid: 'changes' }).broadcast(rates))
          .process({
            uid: 'convert',
            state: { last: valueState<number>('last') },
            *processElement(value, ctx) {
              yield `${value}: ${ctx.broadcastState(rates).get('USD') ?? 0} after ${ctx.state.last.value() ?? 'none'}`
              ctx.state.last.update(value)
            },
            processBroadcastElement([currency, rate], ctx) {
              ctx.broadcastState(rates).put(currency, rate)
            },
          })
          .sinkTo(target.sink(), { uid: 'out' })
      })
    const handle = startInMemory(job(), { state, checkpoint: { intervalMs: 1 }, parallelism: 2 })
    await hasRead(handle, 100, nextMacrotask)
    await handle.savepoint('saved')
    await handle.cancel()
    gate.limit = total
    const savepoint = state.savepoints.get('saved')
    if (savepoint === undefined) throw new Error('no savepoint')
    await runToEnd(job(), { state: new MemoryJobState(), from: { savepoint }, parallelism: 3 })
    expect(target.committed).toHaveLength(total)
    for (let value = 100; value < total; value++)
      expect(target.committed).toContain(`${value}: 2 after ${value - 10}`)
  })
})

describe('a restore', () => {
  const kept = (state: OperatorStateDescriptors, options: OperatorStateOptions = {}) =>
    defineJob({ name: 'kept' }, (env) => {
      const rules = env
        .fromCollection([1], { uid: 'rules' })
        .broadcast(broadcastState<number, number>('rules', options))
      env
        .fromCollection([1], { uid: 'numbers' })
        .connect(rules)
        .process({
          uid: 'keep',
          state,
          emits: type<never>(),
          processElement: () => {},
          processBroadcastElement: () => {},
        })
        .sinkTo(new MemoryTarget<never>().sink(), { uid: 'out' })
    })

  it.each<[string, ReturnType<typeof kept>, RegExp]>([
    [
      'a list that changes how it is dealt out',
      kept({ list: unionListState('list') }),
      /state 'list' of operator 'keep' to be a split-list state of version 1, as in the checkpoint, got a union-list state of version 1; keep kind and version, or give the new state another name/,
    ],
    [
      'a broadcast state without a migration',
      kept({ list: operatorListState('list') }, { version: 2 }),
      /state 'rules' of operator 'keep' in version 2.*declare migrate: \{ 1: \(old\) => … \}/,
    ],
    [
      'a list that is gone',
      kept({}),
      /operator 'keep' to declare state 'list', which the checkpoint holds, got none; declare it again/,
    ],
  ])('refuses %s before the first record', async (_, changed, message) => {
    const state = new MemoryJobState()
    await runToEnd(kept({ list: operatorListState('list') }), { state })
    await expect(runToEnd(changed, { state })).rejects.toThrow(message)
  })
})
