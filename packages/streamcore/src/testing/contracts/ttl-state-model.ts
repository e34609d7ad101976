/** A plain model of state with a time to live, and the property that a backend agrees with it whatever happens. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { canonicalText, type Key } from '../../contracts/key.js'
import type {
  KeyedSnapshotKind,
  KeyedStateBackendFactory,
} from '../../contracts/state/keyed-state-backend.js'
import { KeyedCluster } from './keyed-cluster.js'
import {
  bindMortal,
  lifeMs,
  type MortalBackend,
  type MortalHandles,
  openMortal,
  removeExpired,
  TestTime,
} from './ttl-state-fixture.js'

const keys: readonly Key[] = [0, 1, '1', ['a', 1], 'x', 'y']
const kinds = ['value', 'list', 'map', 'sum'] as const
type Kind = (typeof kinds)[number]

/** What happens to one state of a key; `isUsed`: to the one whose life begins again when it is read. */
type Access = {
  readonly of: Kind
  readonly isUsed: boolean
  readonly kind: 'read' | 'write' | 'replace' | 'clear'
  readonly argument: number
}

/** One thing that happens. */
export type TtlCommand =
  | { readonly kind: 'element'; readonly key: Key; readonly accesses: readonly Access[] }
  | { readonly kind: 'of-events'; readonly key: Key; readonly value: number | undefined }
  | { readonly kind: 'immortal'; readonly key: Key; readonly value: number | undefined }
  | { readonly kind: 'pass'; readonly durationMs: number }
  | { readonly kind: 'remove-expired'; readonly max: number }
  | {
      readonly kind: 'snapshot'
      readonly of: KeyedSnapshotKind
      readonly slices: number
      readonly isDurable: boolean
    }
  | { readonly kind: 'restore'; readonly parallelism: number }

const key = fc.constantFrom(...keys)
const value = fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined })
const access: fc.Arbitrary<Access> = fc.record({
  of: fc.constantFrom(...kinds),
  isUsed: fc.boolean(),
  kind: fc.constantFrom('read', 'read', 'write', 'write', 'replace', 'clear'),
  argument: fc.integer({ min: 0, max: 3 }),
})
const element = fc.record({
  kind: fc.constant('element' as const),
  key,
  accesses: fc.array(access, { minLength: 1, maxLength: 5 }),
})

/** Any course of events. */
export const ttlCommands: fc.Arbitrary<readonly TtlCommand[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: element },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('of-events'), key, value }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('immortal'), key, value }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('pass'), durationMs: fc.integer({ min: 1, max: 70 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('remove-expired'), max: fc.integer({ min: 1, max: 9 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('snapshot'),
        of: fc.constantFrom('full', 'delta', 'delta'),
        slices: fc.integer({ min: 1, max: 9 }),
        isDurable: fc.constantFrom(true, true, false),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('restore'), parallelism: fc.integer({ min: 1, max: 3 }) }),
    },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
)

/** A value and when it was used last. */
type Held = readonly [value: number, atMs: number]

/** By key and state: a value and a sum as one entry, a list by position, a map by its keys. */
class Model {
  readonly held = new Map<string, readonly (readonly [name: number, held: Held])[]>()

  /** What has not expired. */
  live(name: string, nowMs: number): readonly (readonly [number, Held])[] {
    return (this.held.get(name) ?? []).filter(([, [, atMs]]) => atMs + lifeMs > nowMs)
  }

  copy(): Model {
    const copy = new Model()
    for (const [name, held] of this.held) copy.held.set(name, held)
    return copy
  }
}

type Subtask = MortalBackend<MortalHandles>

/** Lets the same things happen to a cluster of backends and to the model; at the end all that can expire must be gone. */
export async function runTtlAgainstModel(
  factory: KeyedStateBackendFactory,
  commands: readonly TtlCommand[],
): Promise<void> {
  const time = new TestTime()
  const cluster = new KeyedCluster((range) => openMortal(factory, range, { time, bind: bindMortal }))
  await cluster.reopen(2)
  let model = new Model()
  let durable = new Model()
  for (const command of commands) {
    switch (command.kind) {
      case 'element':
        for (const each of command.accesses) {
          const { state } = await cluster.ownerOf(command.key)
          perform(state, model, { ...each, key: command.key, nowMs: time.nowMs.processing })
        }
        break
      case 'of-events':
      case 'immortal':
        await setValue(cluster, model, { ...command, nowMs: time.nowMs.event })
        break
      case 'pass':
        time.pass(command.durationMs)
        break
      case 'remove-expired':
        for (const { ttl } of cluster.subtasks) await removeExpired(ttl, time, command.max)
        break
      case 'snapshot':
        cluster.snapshot(command.of)
        await writeWhileTimePasses(cluster, time, command.slices)
        if (command.isDurable) durable = model.copy()
        if (command.isDurable) cluster.durable()
        else cluster.failed()
        break
      case 'restore':
        model = durable.copy()
        await cluster.reopen(command.parallelism)
        break
    }
  }
  await expectSameEverywhere(cluster, model, time)
  await expectNothingIsLeft(cluster, model, time)
  await cluster.close()
}

/** State expires and is removed while the snapshot of what it was is written. */
async function writeWhileTimePasses(
  cluster: KeyedCluster<Subtask>,
  time: TestTime,
  slices: number,
): Promise<void> {
  for (let slice = 0; !(await cluster.slice(slices)); slice++) {
    time.pass(1)
    for (const { ttl } of cluster.subtasks) await removeExpired(ttl, time, 1)
    expect(slice).toBeLessThan(10_000)
  }
}

function perform(
  state: MortalHandles,
  model: Model,
  access: Access & { readonly key: Key; readonly nowMs: number },
): void {
  const { of, isUsed, kind, argument, nowMs } = access
  const name = `${canonicalText(access.key)} ${of} ${isUsed}`
  const live = model.live(name, nowMs)
  switch (kind) {
    case 'read':
      // A map may keep what was written again in its old place, or not; a list closes its gaps.
      expect(inOrder(read(state, of, isUsed))).toEqual(
        inOrder(live.map(([at, [held]], index) => [of === 'list' ? index : at, held])),
      )
      if (isUsed)
        model.held.set(
          name,
          live.map(([at, [held]]) => [at, [held, nowMs]]),
        )
      return
    case 'write':
      write(state, { of, isUsed, argument })
      model.held.set(name, written(live, of, [argument, nowMs]))
      return
    case 'replace':
      // Only values and lists are replaced; others begin anew.
      if (of === 'list') (isUsed ? state.usedList : state.list).update([argument, argument + 1])
      else {
        clear(state, of, isUsed)
        write(state, { of, isUsed, argument })
      }
      model.held.set(
        name,
        of === 'list'
          ? [
              [0, [argument, nowMs]],
              [1, [argument + 1, nowMs]],
            ]
          : written([], of, [argument, nowMs]),
      )
      return
    case 'clear':
      clear(state, of, isUsed)
      model.held.delete(name)
  }
}

function written(
  live: readonly (readonly [number, Held])[],
  of: Kind,
  [argument, nowMs]: Held,
): readonly (readonly [number, Held])[] {
  switch (of) {
    case 'value':
      return [[0, [argument, nowMs]]]
    case 'sum':
      return [[0, [(live[0]?.[1][0] ?? 0) + argument, nowMs]]]
    case 'list':
      return [...live, [0, [argument, nowMs] as const] as const].map(([, held], index) => [index, held])
    case 'map':
      return [...live.filter(([at]) => at !== argument), [argument, [argument * 10, nowMs]]]
  }
}

function write(
  state: MortalHandles,
  { of, isUsed, argument }: { readonly of: Kind; readonly isUsed: boolean; readonly argument: number },
): void {
  if (of === 'value') (isUsed ? state.usedValue : state.value).update(argument)
  else if (of === 'list') (isUsed ? state.usedList : state.list).add(argument)
  else if (of === 'map') (isUsed ? state.usedMap : state.map).put(argument, argument * 10)
  else (isUsed ? state.usedSum : state.sum).add(argument)
}

function clear(state: MortalHandles, of: Kind, isUsed: boolean): void {
  if (of === 'value') (isUsed ? state.usedValue : state.value).clear()
  else if (of === 'list') (isUsed ? state.usedList : state.list).clear()
  else if (of === 'map') (isUsed ? state.usedMap : state.map).clear()
  else (isUsed ? state.usedSum : state.sum).clear()
}

function inOrder(entries: readonly (readonly [number, unknown])[]): readonly unknown[] {
  return entries.toSorted(([a], [b]) => a - b)
}

/** As the model holds it: with the names of its entries, or their places. */
function read(state: MortalHandles, of: Kind, isUsed: boolean): readonly (readonly [number, unknown])[] {
  if (of === 'list') return Array.from((isUsed ? state.usedList : state.list).get(), (held, at) => [at, held])
  if (of === 'map') {
    const map = isUsed ? state.usedMap : state.map
    const entries = [...map.entries()]
    expect(map.isEmpty()).toBe(entries.length === 0)
    expect([...map.keys()]).toEqual(entries.map(([name]) => name))
    for (const [name, held] of entries) expect([map.has(name), map.get(name)]).toEqual([true, held])
    return entries
  }
  const held =
    of === 'value'
      ? (isUsed ? state.usedValue : state.value).value()
      : (isUsed ? state.usedSum : state.sum).get()
  return held === undefined ? [] : [[0, held]]
}

async function setValue(
  cluster: KeyedCluster<Subtask>,
  model: Model,
  { kind, key, value, nowMs }: Extract<TtlCommand, { value: unknown }> & { readonly nowMs: number },
): Promise<void> {
  const { state } = await cluster.ownerOf(key)
  const handle = kind === 'immortal' ? state.immortal : state.ofEvents
  if (value === undefined) handle.clear()
  else handle.update(value)
  const name = `${canonicalText(key)} ${kind}`
  if (value === undefined) model.held.delete(name)
  else model.held.set(name, [[0, [value, kind === 'immortal' ? Number.POSITIVE_INFINITY : nowMs]]])
}

async function expectSameEverywhere(
  cluster: KeyedCluster<Subtask>,
  model: Model,
  time: TestTime,
): Promise<void> {
  for (const key of keys) {
    const { state } = await cluster.ownerOf(key)
    for (const of of kinds) {
      for (const isUsed of [false, true]) {
        perform(state, model, { of, isUsed, kind: 'read', argument: 0, key, nowMs: time.nowMs.processing })
      }
    }
    for (const kind of ['of-events', 'immortal'] as const) {
      const held = (kind === 'immortal' ? state.immortal : state.ofEvents).value()
      expect(held).toBe(model.live(`${canonicalText(key)} ${kind}`, time.nowMs.event)[0]?.[1][0])
    }
  }
}

/** Also of keys that nobody touches again, and in a checkpoint that only holds what has changed. */
async function expectNothingIsLeft(
  cluster: KeyedCluster<Subtask>,
  model: Model,
  time: TestTime,
): Promise<void> {
  const immortal = [...model.held.keys()].filter((name) => name.endsWith(' immortal')).length
  const count = () => cluster.subtasks.reduce((sum, { backend }) => sum + backend.keyCount(), 0)
  cluster.snapshot('delta')
  while (!(await cluster.slice(9)));
  cluster.durable()
  time.pass(2 * lifeMs)
  for (const { ttl } of cluster.subtasks) await removeExpired(ttl, time)
  expect(count()).toBe(immortal)
  for (const { backend } of cluster.subtasks) {
    expect(backend.cleanups.nextMs('processing')).toBe(Number.POSITIVE_INFINITY)
    expect(backend.cleanups.nextMs('event')).toBe(Number.POSITIVE_INFINITY)
  }
  cluster.snapshot('delta')
  while (!(await cluster.slice(9)));
  cluster.durable()
  // Had the checkpoint not told of the removals, an earlier time would show what came back.
  time.pass(-2 * lifeMs)
  await cluster.reopen(2)
  expect(count()).toBe(immortal)
}
