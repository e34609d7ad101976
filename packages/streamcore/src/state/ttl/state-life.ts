/** The life of one state with a time to live: what handles need to know about time. */
import { StreamcoreError } from '../../contracts/errors.js'
import type { Key } from '../../contracts/key.js'
import type { StateDescription } from '../../contracts/state/state-descriptors.js'
import type { CleanupQueue } from '../../contracts/state/keyed-state-backend.js'
import type { StateTtl } from '../../contracts/state/state-ttl.js'
import type { TimeDomain } from '../../contracts/state/time-domain.js'
import { PutGuard } from '../put-guard.js'
import { cleanupMs, isExpired, type Stamped } from './stamped.js'

/** What an operator tells of itself. */
export interface TtlSurroundings {
  readonly uid: string
  /** The time of what is being processed; -Infinity where there is none. */
  readonly nowMs: (domain: TimeDomain) => number
  /** For messages. */
  readonly currentKey: () => Key | undefined
}

/** Whether an operator's state is only looked at from outside: that neither prolongs nor removes anything. */
export interface Looking {
  isOutside: boolean
}

/** How a {@link StateLife} is made. */
export interface StateLifeOptions {
  readonly description: StateDescription
  readonly ttl: StateTtl
  readonly cleanups: CleanupQueue
  readonly surroundings: TtlSurroundings
  readonly looking: Looking
}

/** Stamps what is written, and tells what has expired. */
export class StateLife {
  readonly ttl: StateTtl
  readonly returnsExpired: boolean
  readonly #options: StateLifeOptions
  readonly #guard: PutGuard
  readonly #prolongsOnRead: boolean

  constructor(options: StateLifeOptions) {
    const { description, ttl, surroundings } = options
    this.#options = options
    this.ttl = ttl
    this.returnsExpired = ttl.visibility === 'return-expired-if-not-cleaned-up'
    this.#prolongsOnRead = ttl.updateType === 'on-read-and-write'
    this.#guard = new PutGuard(description, surroundings.uid)
  }

  /** Now, in the time domain of the state. */
  nowMs(): number {
    return this.#options.surroundings.nowMs(this.ttl.timeDomain)
  }

  isExpired(stamped: Stamped<unknown>, nowMs: number): boolean {
    return isExpired(stamped[1], this.ttl.timeMs, nowMs)
  }

  /** Whether a read makes the life of this begin again. */
  isProlonged(stamped: Stamped<unknown>, nowMs: number): boolean {
    return this.#prolongsOnRead && stamped[1] !== nowMs && this.mayChange
  }

  /** Whether a read may remove and prolong. */
  get mayChange(): boolean {
    return !this.#options.looking.isOutside
  }

  /** A value as it is stored; it will be removed in time. */
  stamp<T>(value: T): Stamped<T> {
    this.check(value)
    const nowMs = this.nowMs()
    if (nowMs === Number.NEGATIVE_INFINITY) this.#refuseTimeless()
    this.#schedule(nowMs)
    return [value, nowMs]
  }

  /** Something that is left after a cleanup is looked at again when it expires. */
  scheduleNext(lastUsedMs: number): void {
    if (lastUsedMs < Number.POSITIVE_INFINITY) this.#schedule(lastUsedMs)
  }

  /** Refuses what cannot be serialised; the backend only sees what it is wrapped in. */
  check(value: unknown): void {
    if (typeof value !== 'number') this.#guard.check(value, this.#options.surroundings.currentKey())
  }

  #schedule(lastUsedMs: number): void {
    this.#options.cleanups.schedule(this.ttl.timeDomain, cleanupMs(this.ttl, lastUsedMs))
  }

  #refuseTimeless(): never {
    const { description, surroundings } = this.#options
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected an event time or a watermark when state "${description.name}" of operator "${surroundings.uid}" is written, because its ttl counts in event time, got none; give the source a watermark strategy, or use timeDomain: 'processing'`,
      { details: { uid: surroundings.uid } },
    )
  }
}

/** A handle over a state with a time to live. */
export interface TtlHandle {
  /** Removes what of the current key has expired; gives the oldest last use of what is left, Infinity when nothing is. */
  removeExpired(nowMs: number): number
}
