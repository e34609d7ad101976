/** States with a time to live over a backend under test, in a time that the test sets. */
import type { Key } from '../../contracts/key.js'
import type { KeyGroupRange } from '../../contracts/key-groups.js'
import { type AggregatingState, aggregatingState } from '../../contracts/state/aggregating-state.js'
import type {
  KeyedStateBackend,
  KeyedStateBackendFactory,
  TimeDomain,
} from '../../contracts/state/keyed-state-backend.js'
import { listState, mapState, reducingState, valueState } from '../../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../../contracts/state/state-handles.js'
import { timeDomains } from '../../state/state-columns.js'
import { TtlStateBinder } from '../../state/ttl/ttl-state-binder.js'

/** How long the states of the suite live. */
export const lifeMs: number = 100

const [written, used] = ['on-create-and-write', 'on-read-and-write'] as const

/** Every kind of state in both ways of counting, and one that lives for ever. */
const mortal = {
  value: valueState<unknown>('value', { ttl: { time: lifeMs, updateType: written } }),
  usedValue: valueState<unknown>('used-value', { ttl: { time: lifeMs, updateType: used } }),
  list: listState<number>('list', { ttl: { time: lifeMs } }),
  usedList: listState<number>('used-list', { ttl: { time: lifeMs, updateType: used } }),
  map: mapState<number, number>('map', { ttl: { time: lifeMs } }),
  usedMap: mapState<number, number>('used-map', { ttl: { time: lifeMs, updateType: used } }),
  sum: reducingState<number>('sum', (a, b) => a + b, { ttl: { time: lifeMs } }),
  usedSum: reducingState<number>('used-sum', (a, b) => a + b, { ttl: { time: lifeMs, updateType: used } }),
  all: aggregatingState<number, { parts: number[] }, readonly number[]>(
    'all',
    {
      createAccumulator: () => ({ parts: [] }),
      add: (accumulator, value) => {
        accumulator.parts.push(value)
        return accumulator
      },
      getResult: ({ parts }) => [...parts],
    },
    { ttl: { time: lifeMs, visibility: 'return-expired-if-not-cleaned-up' } },
  ),
  shown: valueState<number>('shown', {
    ttl: { time: lifeMs, visibility: 'return-expired-if-not-cleaned-up' },
  }),
  ofEvents: valueState<number>('of-events', { ttl: { time: lifeMs, timeDomain: 'event' } }),
  immortal: valueState<number>('immortal'),
} as const

/** The handles of the states of the suite. */
export interface MortalHandles {
  readonly value: ValueState<unknown>
  readonly usedValue: ValueState<unknown>
  readonly list: ListState<number>
  readonly usedList: ListState<number>
  readonly map: MapState<number, number>
  readonly usedMap: MapState<number, number>
  readonly sum: ReducingState<number>
  readonly usedSum: ReducingState<number>
  readonly all: AggregatingState<number, readonly number[]>
  readonly shown: ValueState<number>
  readonly ofEvents: ValueState<number>
  readonly immortal: ValueState<number>
}

/** The time of both domains. */
export class TestTime {
  readonly nowMs: Record<TimeDomain, number> = { event: 0, processing: 0 }

  /** Both go on. */
  pass(durationMs: number): void {
    for (const domain of timeDomains) this.nowMs[domain] += durationMs
  }
}

/** A backend with states bound in a time. */
export interface MortalBackend<H> {
  readonly backend: KeyedStateBackend
  readonly ttl: TtlStateBinder
  readonly state: H
}

/** Opens a backend whose states `bind` binds. */
export async function openMortal<H>(
  factory: KeyedStateBackendFactory,
  keyGroups: KeyGroupRange,
  { time, bind }: { readonly time: TestTime; readonly bind: (binder: TtlStateBinder) => H },
): Promise<MortalBackend<H>> {
  const backend = await factory.create({ uid: 'mortal', keyGroups, isIncremental: true })
  let key: Key | undefined
  const setCurrentKey = backend.setCurrentKey.bind(backend)
  backend.setCurrentKey = (next) => {
    key = next
    setCurrentKey(next)
  }
  const ttl = new TtlStateBinder(backend, {
    uid: 'mortal',
    nowMs: (domain) => time.nowMs[domain],
    currentKey: () => key,
  })
  return { backend, ttl, state: bind(ttl) }
}

/** Binds the states of the suite. */
export function bindMortal(binder: TtlStateBinder): MortalHandles {
  return {
    value: mortal.value.bind(binder),
    usedValue: mortal.usedValue.bind(binder),
    list: mortal.list.bind(binder),
    usedList: mortal.usedList.bind(binder),
    map: mortal.map.bind(binder),
    usedMap: mortal.usedMap.bind(binder),
    sum: mortal.sum.bind(binder),
    usedSum: mortal.usedSum.bind(binder),
    all: mortal.all.bind(binder),
    shown: mortal.shown.bind(binder),
    ofEvents: mortal.ofEvents.bind(binder),
    immortal: mortal.immortal.bind(binder),
  }
}

/** Removes what has expired of at most so many keys, as operators do it; gives of how many it did. */
export async function removeExpired(
  ttl: TtlStateBinder,
  time: TestTime,
  max: number = Number.POSITIVE_INFINITY,
): Promise<number> {
  let removed = 0
  for (const domain of timeDomains) {
    const nowMs = time.nowMs[domain]
    for (; removed < max; removed++) {
      for (let page = ttl.load(domain, nowMs); page; page = ttl.load(domain, nowMs)) await page
      if (!ttl.removeExpired(domain, nowMs)) break
    }
  }
  return removed
}
