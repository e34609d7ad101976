/** A plain model of keyed state at any parallelism, and the property that a backend agrees with it whatever happens. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { canonicalText, type Key } from '../../contracts/key.js'
import type {
  KeyedSnapshotKind,
  KeyedStateBackendFactory,
  TimeDomain,
} from '../../contracts/state/keyed-state-backend.js'
import { KeyedCluster } from './keyed-cluster.js'
import { type ContractHandles, type OpenBackend, openBackend, takeDue } from './keyed-state-fixture.js'

const keys: readonly Key[] = [
  0,
  1,
  '1',
  1n,
  true,
  'customer-1',
  'ж',
  -5.5,
  ['a', 1],
  ['a', '1'],
  [[]],
  'x',
  'y',
  2,
]

const statesOfKey = ['seen', 'waiting', 'byName', 'tally', 'extra'] as const

/** One access to the state of a key. */
type Access =
  | { readonly kind: 'value' | 'add' | 'put' | 'reduce' | 'extra'; readonly argument: number }
  | { readonly kind: 'clear'; readonly what: (typeof statesOfKey)[number] }
  /** Nothing is left of the key but its timers. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'update'; readonly list: readonly number[] }
  | { readonly kind: 'remove'; readonly argument: number }
  | { readonly kind: 'register' | 'delete'; readonly domain: TimeDomain; readonly timestampMs: number }

/** One thing that happens to all subtasks together. */
export type ClusterCommand =
  | { readonly kind: 'element'; readonly key: Key; readonly accesses: readonly Access[] }
  | { readonly kind: 'fire'; readonly domain: TimeDomain; readonly untilMs: number }
  | { readonly kind: 'snapshot'; readonly of: KeyedSnapshotKind }
  | { readonly kind: 'slice'; readonly entries: number }
  /** What becomes of a snapshot that was written; without this its fate stays unknown. */
  | { readonly kind: 'settle'; readonly isDurable: boolean }
  | { readonly kind: 'abort'; readonly isFailed: boolean }
  | { readonly kind: 'restore'; readonly parallelism: number }

const small = fc.integer({ min: 0, max: 3 })
const domain = fc.constantFrom<TimeDomain>('event', 'processing')
const timestampMs = fc.integer({ min: 0, max: 5 })

const access: fc.Arbitrary<Access> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('value', 'add', 'put', 'reduce', 'extra'),
      argument: small,
    }),
  },
  fc.record({
    kind: fc.constant('clear'),
    what: fc.constantFrom(...statesOfKey),
  }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('forget') }) },
  fc.record({ kind: fc.constant('update'), list: fc.array(small, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('remove'), argument: small }),
  fc.record({ kind: fc.constantFrom('register', 'delete'), domain, timestampMs }),
)

const command: fc.Arbitrary<ClusterCommand> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      kind: fc.constant('element'),
      key: fc.constantFrom(...keys),
      accesses: fc.array(access, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fire'), domain, untilMs: timestampMs }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('snapshot'),
      of: fc.constantFrom<KeyedSnapshotKind>('delta', 'delta', 'delta', 'full'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('slice'), entries: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('settle'), isDurable: fc.constantFrom(true, true, false) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort'), isFailed: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restore'), parallelism: fc.integer({ min: 1, max: 4 }) }),
  },
)

/** Any course of events. */
export const clusterCommands: fc.Arbitrary<readonly ClusterCommand[]> = fc.array(command, {
  minLength: 1,
  maxLength: 80,
  size: 'max',
})

/** What one key holds. */
interface KeyModel {
  seen: unknown
  waiting: number[]
  byName: Map<string | number, unknown>
  sum: number[]
  extra: number | undefined
}

interface TimerModel {
  readonly key: Key
  readonly domain: TimeDomain
  readonly timestampMs: number
}

/** All keys and timers, by their text. */
class Model {
  readonly keys = new Map<string, KeyModel>()
  readonly timers = new Map<string, TimerModel>()

  of(key: Key): KeyModel {
    const text = canonicalText(key)
    let state = this.keys.get(text)
    if (state === undefined) {
      state = { seen: undefined, waiting: [], byName: new Map(), sum: [], extra: undefined }
      this.keys.set(text, state)
    }
    return state
  }

  copy(): Model {
    const copy = new Model()
    for (const [text, { seen, waiting, byName, sum, extra }] of this.keys) {
      copy.keys.set(text, { seen, waiting: [...waiting], byName: new Map(byName), sum: [...sum], extra })
    }
    for (const [text, timer] of this.timers) copy.timers.set(text, timer)
    return copy
  }
}

/** Lets the same things happen to a cluster of backends and to the model, and compares all the time. */
export async function runAgainstModel(
  factory: KeyedStateBackendFactory,
  commands: readonly ClusterCommand[],
): Promise<void> {
  const cluster = new KeyedCluster((keyGroups) => openBackend(factory, keyGroups))
  await cluster.reopen(2)
  let model = new Model()
  /** Of the snapshot being written, of the one that was written, and of the last durable one. */
  let pending: Model | undefined
  let written: Model | undefined
  let durable = new Model()
  for (const command of commands) {
    switch (command.kind) {
      case 'element':
        await processElement(cluster, model, command)
        break
      case 'fire':
        await fire(cluster, model, command)
        break
      case 'snapshot':
        if (pending !== undefined) break
        pending = model.copy()
        written = undefined
        cluster.snapshot(command.of)
        break
      case 'slice':
        if (pending === undefined || !(await cluster.slice(command.entries))) break
        written = pending
        pending = undefined
        break
      case 'settle':
        if (written === undefined) break
        if (command.isDurable) {
          cluster.durable()
          durable = written
        } else cluster.failed()
        written = undefined
        break
      case 'abort':
        if (command.isFailed) cluster.failed()
        else cluster.abort()
        pending = undefined
        written = undefined
        break
      case 'restore':
        pending = undefined
        written = undefined
        model = durable.copy()
        await cluster.reopen(command.parallelism)
        await expectSameEverywhere(cluster, model)
        break
    }
  }
  await expectSameEverywhere(cluster, model)
  await cluster.reopen(3)
  model = durable
  await expectSameEverywhere(cluster, model)
  await fire(cluster, model, { kind: 'fire', domain: 'event', untilMs: Number.POSITIVE_INFINITY })
  await fire(cluster, model, { kind: 'fire', domain: 'processing', untilMs: Number.POSITIVE_INFINITY })
  await cluster.close()
}

/** One element: its accesses on both sides, then everything its key holds. */
async function processElement(
  cluster: KeyedCluster<OpenBackend>,
  model: Model,
  { key, accesses }: Extract<ClusterCommand, { kind: 'element' }>,
): Promise<void> {
  const { state, backend } = await cluster.ownerOf(key)
  for (const access of accesses) {
    if (access.kind === 'register' || access.kind === 'delete') {
      backend.timers[access.kind](access.domain, access.timestampMs)
      changeTimer(model, key, access)
    } else {
      perform(state, model.of(key), access)
    }
  }
  expectSame(state, model.of(key))
}

function perform(state: ContractHandles, model: KeyModel, access: Access): void {
  switch (access.kind) {
    case 'value':
      state.seen.update({ of: access.argument })
      model.seen = { of: access.argument }
      return
    case 'extra':
      state.extra.update(access.argument)
      model.extra = access.argument
      return
    case 'add':
      state.waiting.add(access.argument)
      model.waiting.push(access.argument)
      return
    case 'update':
      state.waiting.update(access.list)
      model.waiting = [...access.list]
      return
    case 'put':
      state.byName.put(`n${access.argument}`, access.argument)
      model.byName.set(`n${access.argument}`, access.argument)
      return
    case 'remove':
      state.byName.remove(`n${access.argument}`)
      model.byName.delete(`n${access.argument}`)
      return
    case 'reduce':
      state.tally.add({ sum: access.argument, parts: [access.argument] })
      model.sum.push(access.argument)
      return
    case 'clear':
      clear(state, model, access.what)
      return
    case 'forget':
      for (const what of statesOfKey) clear(state, model, what)
      return
    case 'register':
    case 'delete':
      throw new Error('timers are changed elsewhere')
  }
}

function clear(state: ContractHandles, model: KeyModel, what: (typeof statesOfKey)[number]): void {
  state[what].clear()
  if (what === 'seen' || what === 'extra') model[what] = undefined
  else if (what === 'waiting') model.waiting = []
  else if (what === 'byName') model.byName = new Map()
  else model.sum = []
}

function changeTimer(model: Model, key: Key, access: Extract<Access, { timestampMs: number }>): void {
  const name = `${access.domain} ${access.timestampMs} ${canonicalText(key)}`
  if (access.kind === 'delete') model.timers.delete(name)
  else model.timers.set(name, { key, domain: access.domain, timestampMs: access.timestampMs })
}

async function fire(
  cluster: KeyedCluster<OpenBackend>,
  model: Model,
  { domain, untilMs }: Extract<ClusterCommand, { kind: 'fire' }>,
): Promise<void> {
  const fired: string[] = []
  for (const { backend } of cluster.subtasks) {
    let lastMs = Number.NEGATIVE_INFINITY
    for (;;) {
      const due = await takeDue(backend, domain, untilMs)
      if (due === undefined) break
      expect(due.timestampMs).toBeGreaterThanOrEqual(lastMs)
      lastMs = due.timestampMs
      fired.push(`${domain} ${due.timestampMs} ${canonicalText(due.key)}`)
    }
    expect(backend.timers.nextMs(domain)).toBeGreaterThan(Math.min(untilMs, Number.MAX_VALUE))
  }
  const expected = [...model.timers].filter(
    ([, timer]) => timer.domain === domain && timer.timestampMs <= untilMs,
  )
  expect(fired.sort()).toEqual(expected.map(([name]) => name).sort())
  for (const name of fired) model.timers.delete(name)
}

function expectSame(state: ContractHandles, model: KeyModel): void {
  expect(state.seen.value()).toEqual(model.seen)
  expect(state.extra.value()).toEqual(model.extra)
  expect([...state.waiting.get()]).toEqual(model.waiting)
  expect(new Map(state.byName.entries())).toEqual(model.byName)
  const sum = model.sum.length === 0 ? undefined : model.sum.reduce((total, part) => total + part, 0)
  expect(state.tally.get()).toEqual(sum === undefined ? undefined : { sum, parts: model.sum })
}

async function expectSameEverywhere(cluster: KeyedCluster<OpenBackend>, model: Model): Promise<void> {
  for (const key of keys) {
    const { state } = await cluster.ownerOf(key)
    expectSame(state, model.of(key))
  }
  const held = [...model.keys.values()].filter(
    ({ seen, waiting, byName, sum, extra }) =>
      seen !== undefined || waiting.length > 0 || byName.size > 0 || sum.length > 0 || extra !== undefined,
  )
  expect(cluster.subtasks.reduce((count, { backend }) => count + backend.keyCount(), 0)).toBe(held.length)
  for (const domain of ['event', 'processing'] as const) {
    const count = [...model.timers.values()].filter((timer) => timer.domain === domain).length
    expect(cluster.subtasks.reduce((total, { backend }) => total + backend.timers.count(domain), 0)).toBe(
      count,
    )
  }
}
