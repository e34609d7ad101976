/** What the state probe does to the state of a key: commands over all kinds of state, and what each of them answers. */
import {
  type AggregatingState,
  aggregatingState,
  type StateAggregate,
} from '../contracts/state/aggregating-state.js'
import type { Key } from '../contracts/key.js'
import type { Random } from '../contracts/ports/random.js'
import {
  listState,
  mapState,
  reducingState,
  type StateDescriptor,
  type StateHandles,
  valueState,
} from '../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../contracts/state/state-handles.js'

/** Kinds of commands. */
const actions = [
  'value',
  'value',
  'clear value',
  'add',
  'add',
  'update list',
  'clear list',
  'put',
  'put',
  'remove',
  'clear map',
  'fold',
  'fold',
  'clear folded',
  'aggregate',
  'aggregate',
  'clear aggregate',
  'read',
  'forget',
  'forget',
  'forget',
  'arm',
  'arm',
  'disarm',
  'timer',
  'clock',
  'clock',
  'clock',
  'stop clock',
  'message',
] as const
/** Some keys can be forgotten wholly, because nothing of them waits for its time. */
const lasting: readonly string[] = ['timer', 'clock', 'stop clock', 'message']

/** One record of the state probe. */
export interface StateCommand {
  /** Which key, counted from 0. */
  readonly key: number
  /** Counts the commands of a key, from 0. */
  readonly seq: number
  readonly timestampMs: number
  readonly action: string
  /** How many, or what. */
  readonly amount: number
}

/** Keeps its numbers in place, so that a snapshot that does not copy it shows. */
const statistics: StateAggregate<number, { count: number; last: number[] }, string> = {
  createAccumulator: () => ({ count: 0, last: [] }),
  add: (accumulator, value) => {
    accumulator.count++
    accumulator.last.push(value)
    if (accumulator.last.length > 3) accumulator.last.shift()
    return accumulator
  },
  getResult: ({ count, last }) => `${count}:${last.join(' ')}`,
}

/** The states of the probe. */
export type StateProbeState = Readonly<{
  value: StateDescriptor<ValueState<string>>
  list: StateDescriptor<ListState<number>>
  map: StateDescriptor<MapState<string, number>>
  folded: StateDescriptor<ReducingState<number>>
  aggregate: StateDescriptor<AggregatingState<number, string>>
  /** Counts messages, which come between any two commands. */
  messages: StateDescriptor<ReducingState<number>>
  /** Times of timers that have not fired yet. */
  pending: StateDescriptor<MapState<number, number>>
}>

/** All kinds of keyed state. */
export const stateProbeState: StateProbeState = {
  value: valueState('value'),
  list: listState('list'),
  map: mapState('map'),
  folded: reducingState('folded', fold),
  aggregate: aggregatingState('aggregate', statistics),
  messages: reducingState<number>('messages', (a, b) => a + b),
  pending: mapState('pending'),
}

/** The states that commands work on, in the engine or in a plain model. */
export type ProbedState = Pick<
  StateHandles<StateProbeState>,
  'value' | 'list' | 'map' | 'folded' | 'aggregate'
>

/** Depends on the order of what is folded. */
export function fold(a: number, b: number): number {
  return (a * 31 + b) % 1_000_003
}

/** Keys of all kinds. */
export function stateKeyOf(key: number): Key {
  if (key % 4 === 0) return key
  if (key % 4 === 1) return `\u0001${key}ж`
  return key % 4 === 2 ? ['key', key] : key % 8 === 3
}

/** Draws what is done to a few keys; a few commands grow collections beyond what stands in the row of a key. */
export function drawStateCommands(random: Random, count: number): readonly StateCommand[] {
  const keys = 1 + random.below(6)
  const isLarge = random.below(3) === 0
  const seqs = new Map<number, number>()
  return Array.from({ length: 1 + random.below(count) }, (_, index) => {
    const key = random.below(keys)
    const seq = seqs.get(key) ?? 0
    seqs.set(key, seq + 1)
    const amount = isLarge && random.below(4) === 0 ? 100 + random.below(100) : random.below(8)
    const action = actions[random.below(actions.length)] ?? ''
    const isAllowed = key % 2 === 1 || !lasting.includes(action)
    return { key, seq, timestampMs: index * 5, action: isAllowed ? action : 'forget', amount }
  })
}

/** Does to the state what the command says; the answer holds what was there before or is there now. */
export function applyStateCommand(command: StateCommand, state: ProbedState): string {
  const { action, amount, seq } = command
  const numbers = (): readonly number[] => Array.from({ length: amount }, (_, index) => seq * 1_000 + index)
  switch (action) {
    case 'value': {
      const before = state.value.value()
      state.value.update(`${seq}`)
      return before ?? ''
    }
    case 'clear value':
      state.value.clear()
      return ''
    case 'add':
      for (const number of numbers()) state.list.add(number)
      return ''
    case 'update list':
      state.list.update(numbers())
      return ''
    case 'clear list':
      state.list.clear()
      return ''
    case 'put':
      for (const number of numbers()) state.map.put(`k${number % 150}`, number)
      return String(state.map.get(`k${(seq * 7) % 150}`) ?? '')
    case 'remove': {
      const removed = [...state.map.keys()].filter((_, index) => index % 3 === amount % 3)
      for (const key of removed) state.map.remove(key)
      return String(removed.length)
    }
    case 'clear map':
      state.map.clear()
      return String(state.map.isEmpty())
    case 'fold':
      state.folded.add(amount + seq)
      return String(state.folded.get())
    case 'clear folded':
      state.folded.clear()
      return ''
    case 'aggregate':
      state.aggregate.add(seq)
      return state.aggregate.get() ?? ''
    case 'clear aggregate':
      state.aggregate.clear()
      return ''
    case 'forget':
      for (const each of [state.value, state.list, state.map, state.folded, state.aggregate]) each.clear()
      return ''
    default:
      return describeState(state)
  }
}

/** Everything that a key holds, short. */
export function describeState({ value, list, map, folded, aggregate }: ProbedState): string {
  const elements = [...list.get()]
  const entries = [...map.entries()]
  return [
    value.value() ?? '',
    `${elements.length}=${elements.reduce(fold, 7)}`,
    `${entries.length}=${entries.reduce((sum, [key, number]) => fold(fold(sum, Number(key.slice(1))), number), 7)}`,
    folded.get() ?? '',
    aggregate.get() ?? '',
  ].join('|')
}

/** An empty key of the plain model. */
export function plainState(): ProbedState {
  let value: string | undefined
  let list: number[] = []
  const map = new Map<string, number>()
  let folded: number | undefined
  let accumulator: { count: number; last: number[] } | undefined
  return {
    value: {
      value: () => value,
      update: (next) => void (value = next),
      clear: () => void (value = undefined),
    },
    list: {
      get: () => list,
      add: (element) => void list.push(element),
      update: (elements) => void (list = [...elements]),
      clear: () => void (list = []),
    },
    map: {
      get: (key) => map.get(key),
      put: (key, number) => void map.set(key, number),
      has: (key) => map.has(key),
      remove: (key) => void map.delete(key),
      entries: () => map.entries(),
      keys: () => map.keys(),
      isEmpty: () => map.size === 0,
      clear: () => map.clear(),
    },
    folded: {
      get: () => folded,
      add: (number) => void (folded = folded === undefined ? number : fold(folded, number)),
      clear: () => void (folded = undefined),
    },
    aggregate: {
      get: () => accumulator && statistics.getResult(accumulator),
      add: (number) =>
        void (accumulator = statistics.add(accumulator ?? statistics.createAccumulator(), number)),
      clear: () => void (accumulator = undefined),
    },
  }
}
