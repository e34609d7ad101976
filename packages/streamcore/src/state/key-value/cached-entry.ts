/** What a key-value backend holds of a key while it is in the cache. */
import { type Key, mapKeyOf } from '../../contracts/key.js'
import type { TimeDomain } from '../../contracts/state/keyed-state-backend.js'
import { Entry, isEmptyEntry } from './entry.js'
import { EntryTimes, type RemovedTimers, type TimerNumbers, type TimerPurpose } from './entry-times.js'
import { roughBytes } from './rough-bytes.js'

/** What an entry takes beside its states: 14 words, and its place in a Map. */
const entryBytes = 165
/** What its times take beside the maps. */
const timesBytes = 72
/** What a moment takes in a Map. */
const momentBytes = 50

/** States and timers of a key. It may be empty: then it says that there is no row. */
export class CachedEntry extends Entry {
  /** Whether it differs from its row. */
  isDirty = false
  /** Whether there is a row, written or about to be. */
  isStored = false
  /** Used since the last look for something to evict. */
  isReferenced = true
  /** Whether it was counted as a key that holds state. */
  isCounted = false
  times: EntryTimes | undefined = undefined
  bytes: number

  constructor(key: Key, version: number) {
    super(key, version)
    this.bytes = this.#ownBytes
  }

  /** The timers of a domain, to look at. */
  timers(domain: TimeDomain, purpose: TimerPurpose = 'timers'): TimerNumbers | undefined {
    return this.times?.timers(domain, purpose)
  }

  /** The timers of a domain, to change. */
  ownTimers(domain: TimeDomain, purpose: TimerPurpose): TimerNumbers {
    this.times ??= new EntryTimes()
    return this.times.ownTimers(domain, purpose)
  }

  /** The removed timers of a domain, to look at. */
  removedTimers(domain: TimeDomain): RemovedTimers | undefined {
    return this.times?.removedTimers(domain)
  }

  /** A timer went that a snapshot may hold. */
  addRemovedTimer(domain: TimeDomain, timestampMs: number): void {
    this.times ??= new EntryTimes()
    this.times.ownRemovedTimers(domain).set(timestampMs, this.version)
  }

  /** Forgets removed timers of which `isTold` says that nobody has to be told any more. */
  forgetRemovedTimers(isTold: (version: number) => boolean): void {
    this.times?.forgetRemovedTimers(isTold)
  }

  get hasRemovedTimers(): boolean {
    return this.times !== undefined && this.times.removedCount > 0
  }

  get holdsState(): boolean {
    return !isEmptyEntry(this)
  }

  get holdsNothing(): boolean {
    return isEmptyEntry(this) && (this.times === undefined || this.times.timerCount === 0)
  }

  /** Estimates its size anew; gives by how much it has grown. */
  weigh(): number {
    const states = sizeOf(this.slot0) + sizeOf(this.slot1)
    const more = this.more === undefined ? 0 : this.more.reduce((sum: number, each) => sum + sizeOf(each), 0)
    const { times } = this
    const ofTimes =
      times === undefined ? 0 : timesBytes + momentBytes * (times.timerCount + times.removedCount)
    // A whole number takes no object of its own.
    const bytes = Math.ceil(this.#ownBytes + states + more + ofTimes)
    const growth = bytes - this.bytes
    this.bytes = bytes
    return growth
  }

  get #ownBytes(): number {
    const { key } = this
    if (typeof key === 'number') return entryBytes
    return entryBytes + roughBytes(key) + (typeof key === 'object' ? roughBytes(mapKeyOf(key)) : 0)
  }
}

function sizeOf(content: unknown): number {
  return content === undefined ? 0 : roughBytes(content)
}
