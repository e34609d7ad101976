/** The states that the contract suite of keyed state backends works with, and how they are opened. */
import type { Key } from '../../contracts/key.js'
import type { KeyGroupRange } from '../../contracts/key-groups.js'
import type {
  DueTimer,
  KeyedSnapshot,
  KeyedStateBackend,
  KeyedStateBackendFactory,
  TimeDomain,
} from '../../contracts/state/keyed-state-backend.js'
import { listState, mapState, reducingState, valueState } from '../../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../../contracts/state/state-handles.js'

/** An accumulator that `reduce` changes in place, as the engine allows. */
export interface Tally {
  sum: number
  readonly parts: number[]
}

const descriptors = {
  seen: valueState<unknown>('seen'),
  waiting: listState<unknown>('waiting'),
  byName: mapState<string | number, unknown>('byName'),
  tally: reducingState<Tally>('tally', (accumulator, { sum, parts }) => {
    accumulator.sum += sum
    accumulator.parts.push(...parts)
    return accumulator
  }),
  extra: valueState<number>('extra'),
}

/** The states the suite works with: one of each kind, and one more than fits into four slots. */
export interface ContractHandles {
  readonly seen: ValueState<unknown>
  readonly waiting: ListState<unknown>
  readonly byName: MapState<string | number, unknown>
  readonly tally: ReducingState<Tally>
  readonly extra: ValueState<number>
}

/** A backend with its states bound. */
export interface OpenBackend {
  readonly backend: KeyedStateBackend
  readonly state: ContractHandles
}

/** Makes a backend for a range of key groups and binds the states of the suite. */
export async function openBackend(
  factory: KeyedStateBackendFactory,
  keyGroups: KeyGroupRange,
): Promise<OpenBackend> {
  const backend = await factory.create({ uid: 'contract', keyGroups, isIncremental: true })
  const state = {
    seen: descriptors.seen.bind(backend),
    waiting: descriptors.waiting.bind(backend),
    byName: descriptors.byName.bind(backend),
    tally: descriptors.tally.bind(backend),
    extra: descriptors.extra.bind(backend),
  }
  return { backend, state }
}

/** Loads a key and makes it current. */
export async function use({ backend }: Pick<OpenBackend, 'backend'>, key: Key): Promise<void> {
  await backend.prefetch([key])
  backend.setCurrentKey(key)
}

/** Writes a snapshot to its end and gives all its blocks. */
export async function finish(snapshot: KeyedSnapshot, maxEntries = 100): Promise<readonly Uint8Array[]> {
  const blocks: Uint8Array[] = []
  for (let slices = 0; slices < 10_000; slices++) {
    await snapshot.waitsFor()
    const isComplete = snapshot.writeSlice(maxEntries)
    blocks.push(...snapshot.takeBlocks())
    if (isComplete) return blocks
  }
  throw new Error('the snapshot does not come to an end')
}

/** Takes the next timer that is due, as operators do it. */
export async function takeDue(
  { timers }: KeyedStateBackend,
  domain: TimeDomain,
  untilMs: number,
): Promise<DueTimer | undefined> {
  for (let page = timers.load(domain, untilMs); page; page = timers.load(domain, untilMs)) await page
  return timers.takeDue(domain, untilMs)
}
