/** What every keyed state backend must do: run on the heap backend and on LevelDB. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Key } from '../../contracts/key.js'
import { keyGroupRange } from '../../contracts/key-groups.js'
import type { KeyedStateBackendFactory } from '../../contracts/state/keyed-state-backend.js'
import { listState, valueState } from '../../contracts/state/state-descriptors.js'
import { describeSnapshots } from './keyed-snapshot.contract.js'
import { type ContractHandles, type OpenBackend, openBackend, takeDue, use } from './keyed-state-fixture.js'
import { type ClusterCommand, clusterCommands, runAgainstModel } from './keyed-state-model.js'
import { describeTtl } from './ttl-state.contract.js'

/** Options of {@link keyedStateBackendContract}. */
export interface KeyedStateBackendContractOptions {
  /** Courses of events that are tried; 200 unless told. Backends that are slow to open try fewer. */
  readonly courses?: number
}

/** Declares the suite. */
export function keyedStateBackendContract(
  name: string,
  factory: KeyedStateBackendFactory,
  options: KeyedStateBackendContractOptions = {},
): void {
  describe(`${name} as a keyed state backend`, () => {
    let open: OpenBackend

    beforeEach(async () => {
      open = await openBackend(factory, keyGroupRange(0, 1))
    })
    afterEach(() => open.backend.close())

    describe('keys', () => describeKeys(() => open))
    describe('states', () => describeStates(() => open))
    describe('iteration', () => describeIteration(() => open))
    describe('refusals', () => describeRefusals(() => open, factory))
    describe('timers', () => describeTimers(() => open))
    describe('snapshots', () => describeSnapshots(() => open, factory))
    describe('time to live', () => describeTtl(factory, options.courses ?? 200))
    describe('any course of events', () => describeProperties(factory, options.courses ?? 200))
  })
}

function describeKeys(get: () => OpenBackend): void {
  it('keeps keys apart by type and content', async () => {
    const keys: readonly Key[] = [1, '1', 1n, true, 'true', [1], ['1'], [[1]], [], '', 0, false, '\u0001t[1]']
    for (const [index, key] of keys.entries()) {
      await use(get(), key)
      get().state.seen.update(index)
    }
    for (const [index, key] of keys.entries()) {
      await use(get(), key)
      expect(get().state.seen.value()).toBe(index)
    }
    expect(get().backend.keyCount()).toBe(keys.length)
  })

  it('takes -0 and 0, and equal tuples, for the same key', async () => {
    await use(get(), -0)
    get().state.seen.update('zero')
    await use(get(), ['a', 1])
    get().state.seen.update('tuple')
    await use(get(), 0)
    expect(get().state.seen.value()).toBe('zero')
    await use(get(), ['a', 1])
    expect(get().state.seen.value()).toBe('tuple')
  })

  it('counts only keys that hold state', async () => {
    const { backend, state } = get()
    await use(get(), 'read only')
    state.seen.value()
    state.waiting.clear()
    expect(backend.keyCount()).toBe(0)
    await use(get(), 'written')
    state.extra.update(1)
    state.waiting.add('x')
    expect(backend.keyCount()).toBe(1)
    state.extra.clear()
    expect(backend.keyCount()).toBe(1)
    state.waiting.clear()
    await use(get(), 'other')
    expect(backend.keyCount()).toBe(0)
  })

  it('refuses state without a key', () => {
    expect(() => get().state.seen.value()).toThrow(/a key is current/)
    expect(() => get().state.seen.update(1)).toThrow(/a key is current/)
    expect(() => get().state.waiting.clear()).toThrow(/a key is current/)
    expect(() => get().backend.timers.register('event', 1)).toThrow(/a key is current/)
  })

  it('refuses what is no key and keeps the current one', async () => {
    await use(get(), 'a')
    get().state.seen.update(1)
    expect(() => get().backend.setCurrentKey(Number.NaN)).toThrow(/Expected a key to be/)
    expect(get().state.seen.value()).toBe(1)
  })
}

function describeStates(get: () => OpenBackend): void {
  it('keeps a value until it is cleared, and takes undefined for no value', async () => {
    const { state } = get()
    await use(get(), 'a')
    expect(state.seen.value()).toBeUndefined()
    for (const value of [0, '', false, null, 1n, { a: 1 }, [1], new Set([5])]) {
      state.seen.update(value)
      expect(state.seen.value()).toEqual(value)
    }
    state.seen.update(undefined)
    expect(state.seen.value()).toBeUndefined()
    state.seen.update(7)
    state.seen.clear()
    expect(state.seen.value()).toBeUndefined()
  })

  it('keeps a list in order of insertion', async () => {
    const { state } = get()
    await use(get(), 'a')
    expect([...state.waiting.get()]).toEqual([])
    state.waiting.add(1)
    state.waiting.add(undefined)
    state.waiting.add('x')
    expect([...state.waiting.get()]).toEqual([1, undefined, 'x'])
    state.waiting.update(new Set(['y', 'z']))
    expect([...state.waiting.get()]).toEqual(['y', 'z'])
    state.waiting.update([])
    expect([...state.waiting.get()]).toEqual([])
  })

  it('keeps a map', async () => {
    const { state } = get()
    await use(get(), 'a')
    expect(state.byName.isEmpty()).toBe(true)
    state.byName.put('x', 1)
    state.byName.put(1, undefined)
    state.byName.put('1', 'text')
    expect(state.byName.get('x')).toBe(1)
    expect([state.byName.has(1), state.byName.has('2'), state.byName.get('2')]).toEqual([
      true,
      false,
      undefined,
    ])
    expect(new Map(state.byName.entries())).toEqual(
      new Map<unknown, unknown>([
        ['x', 1],
        [1, undefined],
        ['1', 'text'],
      ]),
    )
    expect(new Set(state.byName.keys())).toEqual(new Set(['x', 1, '1']))
    state.byName.remove('x')
    state.byName.remove('x')
    expect(state.byName.has('x')).toBe(false)
    state.byName.clear()
    expect([state.byName.isEmpty(), [...state.byName.keys()]]).toEqual([true, []])
  })

  it('folds a reducing state', async () => {
    const { state } = get()
    await use(get(), 'a')
    expect(state.tally.get()).toBeUndefined()
    state.tally.add({ sum: 1, parts: [1] })
    state.tally.add({ sum: 2, parts: [2] })
    expect(state.tally.get()).toEqual({ sum: 3, parts: [1, 2] })
    state.tally.clear()
    expect(state.tally.get()).toBeUndefined()
  })
}

function describeIteration(get: () => OpenBackend): void {
  it('goes over a list as it was at the call', async () => {
    const { waiting } = get().state
    await use(get(), 'a')
    waiting.update([1, 2])
    const before = waiting.get()
    for (const value of waiting.get()) waiting.add(value)
    expect([...waiting.get()]).toEqual([1, 2, 1, 2])
    waiting.clear()
    waiting.add('new')
    expect([[...before], [...before], [...waiting.get()]]).toEqual([[1, 2], [1, 2], ['new']])
  })

  it('goes over a map as it was at the call', async () => {
    const { byName } = get().state
    await use(get(), 'a')
    for (const name of ['x', 'y', 'z']) byName.put(name, 1)
    const [early, keys] = [byName.entries(), byName.keys()]
    for (const [name] of byName.entries()) {
      byName.remove(name)
      byName.put(`${name}2`, 2)
    }
    expect(new Set(byName.keys())).toEqual(new Set(['x2', 'y2', 'z2']))
    expect(new Map(early)).toEqual(
      new Map([
        ['x', 1],
        ['y', 1],
        ['z', 1],
      ]),
    )
    expect(new Set(keys)).toEqual(new Set(['x', 'y', 'z']))
    for (const name of byName.keys()) {
      if (name === 'x2') break
    }
    byName.clear()
    expect([...byName.entries()]).toEqual([])
  })
}

function describeRefusals(get: () => OpenBackend, factory: KeyedStateBackendFactory): void {
  it.each([
    ['seen', (state: ContractHandles, value: unknown) => state.seen.update(value)],
    ['waiting', (state: ContractHandles, value: unknown) => state.waiting.add(value)],
    ['waiting', (state: ContractHandles, value: unknown) => state.waiting.update([value])],
    ['byName', (state: ContractHandles, value: unknown) => state.byName.put('x', value)],
  ])('refuses at the first put into "%s" what cannot be serialised', async (name, put) => {
    await use(get(), 'c-1')
    expect(() => put(get().state, { a: [() => 1] })).toThrow(
      `Expected state "${name}" of operator "contract" to hold plain data, got a function at \`value.a[0]\` for key "c-1"`,
    )
    expect(() => put(get().state, Symbol('x'))).toThrow(/got a symbol at `value`/)
    expect(() => put(get().state, new (class Account {})())).toThrow(/got an instance of Account/)
  })

  it('refuses two states of one name', async () => {
    const backend = await factory.create({ uid: 'contract', keyGroups: keyGroupRange(0, 1) })
    valueState('same').bind(backend)
    expect(() => listState('same').bind(backend)).toThrow(/different names, got "same" twice/)
    await backend.close()
  })
}

function describeTimers(get: () => OpenBackend): void {
  async function takeAll(untilMs: number): Promise<unknown[]> {
    const { backend } = get()
    const fired: unknown[] = []
    for (;;) {
      const due = await takeDue(backend, 'event', untilMs)
      if (due === undefined) return fired
      fired.push([due.timestampMs, due.key])
    }
  }

  async function register(key: Key, ...timesMs: readonly number[]): Promise<void> {
    await use(get(), key)
    for (const timestampMs of timesMs) get().backend.timers.register('event', timestampMs)
  }

  it('fire once, in order of time and registration', async () => {
    await register('b', 20, 10, 20)
    await register('a', 30, 10, 20)
    await register(['t', 1], 10, 10)
    const { timers } = get().backend
    expect([timers.nextMs('event'), timers.count('event')]).toEqual([10, 6])
    expect(await takeAll(9)).toEqual([])
    expect(await takeAll(20)).toEqual([
      [10, 'b'],
      [10, 'a'],
      [10, ['t', 1]],
      [20, 'b'],
      [20, 'a'],
    ])
    expect(await takeAll(20)).toEqual([])
    expect([timers.nextMs('event'), timers.count('event')]).toEqual([30, 1])
    expect(await takeAll(Number.POSITIVE_INFINITY)).toEqual([[30, 'a']])
    expect([timers.nextMs('event'), timers.count('event')]).toEqual([Number.POSITIVE_INFINITY, 0])
    expect(await takeAll(Number.POSITIVE_INFINITY)).toEqual([])
  })

  it('make their key current', async () => {
    await register('a', 10)
    get().state.seen.update('of a')
    await register('b', 20)
    await takeAll(10)
    expect(get().state.seen.value()).toBe('of a')
  })

  it('can be deleted, and registered again, also while they fire', async () => {
    const { timers } = get().backend
    await register('a', 10, 20)
    await register('b', 10, 20)
    timers.delete('event', 10)
    timers.delete('event', 99)
    expect(await takeDue(get().backend, 'event', 50)).toEqual({ key: 'a', timestampMs: 10 })
    timers.delete('event', 20)
    timers.register('event', 10)
    timers.register('event', 5)
    expect(await takeAll(50)).toEqual([
      [5, 'a'],
      [10, 'a'],
      [20, 'b'],
    ])
  })

  it('keep the domains apart and take any time but NaN', async () => {
    const { timers } = get().backend
    await register('a', -5, 2 ** 52, Number.POSITIVE_INFINITY)
    timers.register('processing', 7)
    expect(() => timers.register('event', Number.NaN)).toThrow(/is a number/)
    expect([timers.count('event'), timers.count('processing'), timers.nextMs('processing')]).toEqual([
      3, 1, 7,
    ])
    expect(await takeAll(Number.POSITIVE_INFINITY)).toEqual([
      [-5, 'a'],
      [2 ** 52, 'a'],
      [Number.POSITIVE_INFINITY, 'a'],
    ])
    expect(await takeDue(get().backend, 'processing', 7)).toEqual({ key: 'a', timestampMs: 7 })
  })
}

function describeProperties(factory: KeyedStateBackendFactory, numRuns: number): void {
  it('agrees with a model, through snapshots while elements go on, restores and rescales', async () => {
    await fc.assert(
      fc.asyncProperty(clusterCommands, async (commands: readonly ClusterCommand[]) => {
        await runAgainstModel(factory, commands)
      }),
      { numRuns },
    )
  }, 120_000)
}
