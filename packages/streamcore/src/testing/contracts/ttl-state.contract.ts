/** What every keyed state backend must do with state that expires: part of its contract suite. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keyGroupRange } from '../../contracts/key-groups.js'
import type { KeyedStateBackendFactory } from '../../contracts/state/keyed-state-backend.js'
import { listState, mapState, valueState } from '../../contracts/state/state-descriptors.js'
import type { TtlStateBinder } from '../../state/ttl/ttl-state-binder.js'
import { finish, use } from './keyed-state-fixture.js'
import {
  bindMortal,
  lifeMs,
  type MortalBackend,
  type MortalHandles,
  openMortal,
  removeExpired,
  TestTime,
} from './ttl-state-fixture.js'
import { runTtlAgainstModel, ttlCommands } from './ttl-state-model.js'

const all = keyGroupRange(0, 1)

/** Declares the tests. */
export function describeTtl(factory: KeyedStateBackendFactory, numRuns: number): void {
  let time: TestTime
  let open: MortalBackend<MortalHandles>

  beforeEach(async () => {
    time = new TestTime()
    open = await openMortal(factory, all, { time, bind: bindMortal })
    await use(open, 'k')
  })
  afterEach(() => open.backend.close())

  /** What `bind` reads from a checkpoint of what `from` holds. */
  async function restored<H>(
    from: Pick<MortalBackend<unknown>, 'backend'>,
    bind: (binder: TtlStateBinder) => H,
  ): Promise<MortalBackend<H>> {
    const blocks = await finish(from.backend.snapshot(1))
    const next = await openMortal(factory, all, { time, bind })
    for (const block of blocks) await next.backend.restoreBlock(block)
    await use(next, 'k')
    return next
  }

  it('forgets what was not written for so long, and counts reading where it is told to', () => {
    const { value, usedValue } = open.state
    value.update(1)
    usedValue.update(1)
    time.pass(lifeMs - 1)
    expect([value.value(), usedValue.value()]).toEqual([1, 1])
    time.pass(1)
    expect([value.value(), usedValue.value()]).toEqual([undefined, 1])
    time.pass(lifeMs)
    expect(usedValue.value()).toBeUndefined()
  })

  it('lets each element of a list and each entry of a map expire by itself', () => {
    const { list, map } = open.state
    list.update([1, 2])
    map.put(1, 10)
    time.pass(60)
    list.add(3)
    map.put(2, 20)
    expect([[...list.get()], [...map.keys()]]).toEqual([
      [1, 2, 3],
      [1, 2],
    ])
    time.pass(40)
    expect([[...list.get()], [...map.entries()], map.has(1)]).toEqual([[3], [[2, 20]], false])
    time.pass(60)
    expect([[...list.get()], map.isEmpty()]).toEqual([[], true])
  })

  it('folds into nothing that has expired, whether it may still be seen or not', () => {
    const { sum, all: parts } = open.state
    sum.add(1)
    parts.add(1)
    parts.add(2)
    time.pass(lifeMs)
    sum.add(5)
    parts.add(7)
    parts.add(8)
    expect([sum.get(), parts.get()]).toEqual([5, [7, 8]])
    time.pass(lifeMs)
    expect([sum.get(), parts.get(), parts.get()]).toEqual([undefined, [7, 8], undefined])
  })

  it('shows what has expired until it is removed, where it is told to', async () => {
    open.state.shown.update(7)
    open.state.value.update(7)
    time.pass(10 * lifeMs)
    expect(open.ttl.look(() => [open.state.shown.value(), open.state.value.value()])).toEqual([7, undefined])
    expect(await removeExpired(open.ttl, time)).toBe(1)
    await use(open, 'k')
    expect(open.state.shown.value()).toBeUndefined()
  })

  it('shows others what there is without prolonging it', () => {
    open.state.usedValue.update(1)
    time.pass(60)
    expect(open.ttl.look(() => open.state.usedValue.value())).toBe(1)
    time.pass(40)
    expect(open.state.usedValue.value()).toBeUndefined()
  })

  it('removes what has expired of keys that nobody touches again, a few at a time', async () => {
    for (let key = 0; key < 50; key++) {
      await use(open, key)
      open.state.list.add(key)
      open.state.ofEvents.update(key)
    }
    await use(open, 'stays')
    open.state.immortal.update(1)
    time.pass(2 * lifeMs)
    expect(await removeExpired(open.ttl, time, 30)).toBe(30)
    expect(open.backend.keyCount()).toBe(51)
    await removeExpired(open.ttl, time)
    expect(open.backend.keyCount()).toBe(1)
  })

  it('looks at a key that is used on and on about once in a life', async () => {
    let looks = 0
    for (let passed = 0; passed < 10 * lifeMs; passed += 5) {
      await use(open, 'k')
      open.state.value.update(passed)
      time.pass(5)
      looks += await removeExpired(open.ttl, time)
    }
    await use(open, 'k')
    expect(open.state.value.value()).toBe(10 * lifeMs - 5)
    expect(looks).toBeLessThanOrEqual(11)
  })

  it('refuses at the first put what cannot be serialised', () => {
    open.state.value.update('fine')
    expect(() => open.state.value.update({ a: [() => 1] })).toThrow(
      'Expected state "value" of operator "mortal" to hold plain data, got a function at `value.a[0]` for key "k"',
    )
    expect(open.state.value.value()).toBe('fine')
  })

  it('refuses to count in event time where there is none', () => {
    time.nowMs.event = Number.NEGATIVE_INFINITY
    expect(() => open.state.ofEvents.update(1)).toThrow(
      /Expected an event time or a watermark when state "of-events"/,
    )
  })

  it('never brings back what has expired, and lets the rest live on as before', async () => {
    open.state.value.update(1)
    open.state.list.add(1)
    time.pass(60)
    open.state.list.add(2)
    open.state.map.put(1, 1)
    time.pass(60)
    const next = await restored(open, bindMortal)
    expect([next.state.value.value(), [...next.state.list.get()], next.state.map.get(1)]).toEqual([
      undefined,
      [2],
      1,
    ])
    time.pass(50)
    await removeExpired(next.ttl, time)
    expect(next.backend.keyCount()).toBe(0)
    await next.backend.close()
  })

  it('takes over state from before it had a time to live, and lets it begin to age', async () => {
    const plain = await openMortal(factory, all, {
      time,
      bind: (binder) => ({
        value: valueState<unknown>('value').bind(binder),
        list: listState<number>('list').bind(binder),
        map: mapState<number, number>('map').bind(binder),
      }),
    })
    await use(plain, 'k')
    // What it holds may look like a value with a time.
    plain.state.value.update(['text', 5])
    plain.state.list.update([1, 2])
    plain.state.map.put(1, 10)
    time.pass(1_000)
    const next = await restored(plain, bindMortal)
    const read = () => [next.state.value.value(), [...next.state.list.get()], [...next.state.map.entries()]]
    time.pass(lifeMs - 1)
    expect(read()).toEqual([['text', 5], [1, 2], [[1, 10]]])
    time.pass(20)
    await removeExpired(next.ttl, time)
    expect(next.backend.keyCount()).toBe(0)
    await Promise.all([plain.backend.close(), next.backend.close()])
  })

  it('takes over state that had a time to live, without what has expired', async () => {
    open.state.value.update('old')
    open.state.list.add(1)
    time.pass(60)
    open.state.list.add(2)
    open.state.map.put(1, 10)
    time.pass(60)
    const next = await restored(open, (binder) => ({
      value: valueState<unknown>('value').bind(binder),
      list: listState<number>('list').bind(binder),
      map: mapState<number, number>('map').bind(binder),
    }))
    time.pass(1_000)
    expect([next.state.value.value(), [...next.state.list.get()], [...next.state.map.entries()]]).toEqual([
      undefined,
      [2],
      [[1, 10]],
    ])
    await next.backend.close()
  })

  it('lets a shorter time to live count for what is stored already', async () => {
    open.state.value.update(1)
    time.pass(40)
    const next = await restored(open, (binder) => ({
      value: valueState<unknown>('value', { ttl: { time: 50 } }).bind(binder),
    }))
    expect(next.state.value.value()).toBe(1)
    time.pass(10)
    expect(next.state.value.value()).toBeUndefined()
    await next.backend.close()
  })

  it('migrates the values, not their times', async () => {
    open.state.list.update([1, 2])
    time.pass(60)
    open.state.value.update({ name: 'Ada' })
    const next = await restored(open, (binder) => ({
      list: listState<string>('list', {
        version: 2,
        migrate: { 1: (old: number) => `v${old}` },
        ttl: { time: lifeMs },
      }).bind(binder),
      value: valueState<string>('value', {
        version: 2,
        migrate: { 1: ({ name }: { readonly name: string }) => name },
      }).bind(binder),
    }))
    expect([[...next.state.list.get()], next.state.value.value()]).toEqual([['v1', 'v2'], 'Ada'])
    time.pass(40)
    expect([...next.state.list.get()]).toEqual([])
    await next.backend.close()
  })

  it.each([
    ['another time domain', valueState('value', { ttl: { time: lifeMs, timeDomain: 'event' } })],
    [
      'event time for state that had none',
      valueState('immortal', { ttl: { time: lifeMs, timeDomain: 'event' } }),
    ],
  ])('refuses %s', async (_, descriptor) => {
    open.state.value.update(1)
    open.state.immortal.update(1)
    await expect(restored(open, (binder) => descriptor.bind(binder))).rejects.toMatchObject({
      code: 'STREAMCORE_STATE_MISMATCH',
    })
  })

  it('agrees with a model, through snapshots while time passes, restores and rescales', async () => {
    await fc.assert(
      fc.asyncProperty(ttlCommands, async (commands) => await runTtlAgainstModel(factory, commands)),
      { numRuns },
    )
  }, 120_000)
}
