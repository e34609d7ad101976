/** Timers of both time domains for the heap backend. */
import { assert } from '../contracts/assert.js'
import type { DueTimer, TimeDomain, TimerQueue } from '../contracts/state/keyed-state-backend.js'
import type { KeyedEntries } from './keyed-entries.js'
import { TimerBuckets } from './timer-buckets.js'

/** Registers for the current key of `entries`, and makes the key of a due timer current there. */
export class HeapTimerQueue implements TimerQueue {
  readonly event: TimerBuckets = new TimerBuckets()
  readonly processing: TimerBuckets = new TimerBuckets()
  readonly #entries: KeyedEntries

  constructor(entries: KeyedEntries) {
    this.#entries = entries
  }

  register(domain: TimeDomain, timestampMs: number): void {
    assert(timestampMs === timestampMs, 'the time of a timer is a number')
    this.#entries.requireKey()
    const timers = this.of(domain)
    if (!timers.has(this.#entries.mapKey, timestampMs)) timers.add(this.#entries.ownKey(), timestampMs)
  }

  delete(domain: TimeDomain, timestampMs: number): void {
    this.#entries.requireKey()
    this.of(domain).delete(this.#entries.mapKey, timestampMs)
  }

  nextMs(domain: TimeDomain): number {
    return this.of(domain).nextMs()
  }

  load(_domain: TimeDomain, _untilMs: number): undefined {
    return undefined
  }

  takeDue(domain: TimeDomain, untilMs: number): DueTimer | undefined {
    const due = this.of(domain).takeDue(untilMs)
    if (due !== undefined) this.#entries.setCurrentKey(due.key)
    return due
  }

  count(domain: TimeDomain): number {
    return this.of(domain).count
  }

  /** The timers of one domain. */
  of(domain: TimeDomain): TimerBuckets {
    return domain === 'event' ? this.event : this.processing
  }
}
