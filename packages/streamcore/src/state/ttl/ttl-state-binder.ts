/** Binds the states of an operator: those with a time to live through handles that know the time, the others as they are. */
import type { KeyedStateBackend } from '../../contracts/state/keyed-state-backend.js'
import type { BoundState, StateBinder } from '../../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../../contracts/state/state-handles.js'
import type { TimeDomain } from '../../contracts/state/time-domain.js'
import type { MapKey } from '../../contracts/key.js'
import { type Looking, StateLife, type TtlHandle, type TtlSurroundings } from './state-life.js'
import type { Stamped } from './stamped.js'
import { TtlListState } from './ttl-list-state.js'
import { TtlMapState } from './ttl-map-state.js'
import { TtlReducingState } from './ttl-reducing-state.js'
import { TtlValueState } from './ttl-value-state.js'

/** A state with a time to live, and its handle. */
interface MortalState {
  readonly life: StateLife
  readonly handle: TtlHandle
}

/** The time to live of one operator's states, over any backend. */
export class TtlStateBinder implements StateBinder {
  readonly #backend: KeyedStateBackend
  readonly #surroundings: TtlSurroundings
  readonly #looking: Looking = { isOutside: false }
  readonly #states: Readonly<Record<TimeDomain, MortalState[]>> = { event: [], processing: [] }

  constructor(backend: KeyedStateBackend, surroundings: TtlSurroundings) {
    this.#backend = backend
    this.#surroundings = surroundings
  }

  valueState<T>(descriptor: BoundState): ValueState<T> {
    const life = this.#lifeOf(descriptor)
    const state = this.#inTime(descriptor)
    if (life === undefined) return this.#backend.valueState<T>(state)
    return this.#mortal(life, new TtlValueState<T>(this.#backend.valueState<Stamped<T>>(state), life))
  }

  listState<T>(descriptor: BoundState): ListState<T> {
    const life = this.#lifeOf(descriptor)
    const state = this.#inTime(descriptor)
    if (life === undefined) return this.#backend.listState<T>(state)
    return this.#mortal(life, new TtlListState<T>(this.#backend.listState<Stamped<T>>(state), life))
  }

  mapState<MK extends MapKey, MV>(descriptor: BoundState): MapState<MK, MV> {
    const life = this.#lifeOf(descriptor)
    const state = this.#inTime(descriptor)
    if (life === undefined) return this.#backend.mapState<MK, MV>(state)
    return this.#mortal(life, new TtlMapState<MK, MV>(this.#backend.mapState<MK, Stamped<MV>>(state), life))
  }

  reducingState<T>(descriptor: BoundState, reduce: (accumulator: T, value: T) => T): ReducingState<T> {
    const life = this.#lifeOf(descriptor)
    const state = this.#inTime(descriptor)
    if (life === undefined) return this.#backend.reducingState<T>(state, reduce)
    const handle = new TtlReducingState<T>(
      (fold) => this.#backend.reducingState<Stamped<T> | undefined>(state, fold),
      reduce,
      life,
    )
    return this.#mortal(life, handle)
  }

  /** Looks at state from outside: what is read neither lives longer for it nor goes. */
  look<T>(read: () => T): T {
    this.#looking.isOutside = true
    try {
      return read()
    } finally {
      this.#looking.isOutside = false
    }
  }

  /** When there is something to remove next; Infinity when nothing expires. */
  nextMs(domain: TimeDomain): number {
    return this.#states[domain].length === 0
      ? Number.POSITIVE_INFINITY
      : this.#backend.cleanups.nextMs(domain)
  }

  /** What the next {@link removeExpired} waits for; undefined when it can go on. */
  load(domain: TimeDomain, untilMs: number): Promise<void> | undefined {
    return this.nextMs(domain) > untilMs ? undefined : this.#backend.cleanups.load(domain, untilMs)
  }

  /** Removes what has expired of the next key that is due at `nowMs`, which then is current; false when none is. */
  removeExpired(domain: TimeDomain, nowMs: number): boolean {
    if (this.nextMs(domain) > nowMs) return false
    if (this.#backend.cleanups.takeDue(domain, nowMs) === undefined) return false
    // What was used again meanwhile is looked at again in its time.
    for (const { life, handle } of this.#states[domain]) life.scheduleNext(handle.removeExpired(nowMs))
    return true
  }

  #lifeOf(description: BoundState): StateLife | undefined {
    const { ttl } = description
    if (ttl === undefined) return undefined
    const { cleanups } = this.#backend
    return new StateLife({
      description,
      ttl,
      cleanups,
      surroundings: this.#surroundings,
      looking: this.#looking,
    })
  }

  /** Also without a time to live: the checkpoint may hold one. */
  #inTime(descriptor: BoundState): BoundState {
    return { ...descriptor, nowMs: this.#surroundings.nowMs }
  }

  #mortal<H extends TtlHandle>(life: StateLife, handle: H): H {
    this.#states[life.ttl.timeDomain].push({ life, handle })
    return handle
  }
}
