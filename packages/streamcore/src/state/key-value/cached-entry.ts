/** What a key-value backend holds of a key while it is in the cache. */
import type { Key, MapKey } from '../../contracts/key.js'
import type { TimeDomain } from '../../contracts/state/keyed-state-backend.js'
import { Entry, isEmptyEntry } from './entry.js'
import { roughBytes } from './rough-bytes.js'

/** Numbers of a key's timers of one domain, by their times. */
export type TimerNumbers = Map<number, number>

/** Versions at which timers of one domain went, by their times. */
export type RemovedTimers = Map<number, number>

/** What a moment is for: `timers` of the user, `cleanups` of state that expires. */
export type TimerPurpose = 'timers' | 'cleanups'

/** A key as the cache, and as the store knows it. */
export interface KeyOfEntry {
  readonly key: Key
  readonly mapKey: MapKey
  readonly row: string
}

/** What an entry takes beside its states. */
const entryBytes = 250

/** States and timers of a key. It may be empty: then it says that there is no row. */
export class CachedEntry extends Entry {
  readonly mapKey: MapKey
  readonly row: string
  /** Whether it differs from its row. */
  isDirty = false
  /** Whether there is a row, written or about to be. */
  isStored = false
  /** Used since the last look for something to evict. */
  isReferenced = true
  /** Whether it was counted as a key that holds state. */
  isCounted = false
  bytes: number = entryBytes
  event: TimerNumbers | undefined = undefined
  processing: TimerNumbers | undefined = undefined
  eventCleanups: TimerNumbers | undefined = undefined
  processingCleanups: TimerNumbers | undefined = undefined
  /** Timers that went since the last durable snapshot, which may hold them. */
  removedEvent: RemovedTimers | undefined = undefined
  removedProcessing: RemovedTimers | undefined = undefined

  constructor({ key, mapKey, row }: KeyOfEntry, version: number) {
    super(key, -1, version)
    this.mapKey = mapKey
    this.row = row
  }

  /** The timers of a domain, to look at. */
  timers(domain: TimeDomain, purpose: TimerPurpose = 'timers'): TimerNumbers | undefined {
    if (purpose === 'timers') return domain === 'event' ? this.event : this.processing
    return domain === 'event' ? this.eventCleanups : this.processingCleanups
  }

  /** The timers of a domain, to change. */
  ownTimers(domain: TimeDomain, purpose: TimerPurpose): TimerNumbers {
    if (purpose === 'timers') {
      if (domain === 'event') return (this.event ??= new Map())
      return (this.processing ??= new Map())
    }
    if (domain === 'event') return (this.eventCleanups ??= new Map())
    return (this.processingCleanups ??= new Map())
  }

  /** The removed timers of a domain, to look at. */
  removedTimers(domain: TimeDomain): RemovedTimers | undefined {
    return domain === 'event' ? this.removedEvent : this.removedProcessing
  }

  /** A timer went that a snapshot may hold. */
  addRemovedTimer(domain: TimeDomain, timestampMs: number): void {
    const removed =
      domain === 'event' ? (this.removedEvent ??= new Map()) : (this.removedProcessing ??= new Map())
    removed.set(timestampMs, this.version)
  }

  /** Forgets removed timers of which `isTold` says that nobody has to be told any more. */
  forgetRemovedTimers(isTold: (version: number) => boolean): void {
    this.removedEvent = without(this.removedEvent, isTold)
    this.removedProcessing = without(this.removedProcessing, isTold)
  }

  get hasRemovedTimers(): boolean {
    return this.removedEvent !== undefined || this.removedProcessing !== undefined
  }

  get holdsState(): boolean {
    return !isEmptyEntry(this)
  }

  get holdsNothing(): boolean {
    return isEmptyEntry(this) && this.#timerCount === 0
  }

  /** Estimates its size anew; gives by how much it has grown. */
  weigh(): number {
    const timers = this.#timerCount
    const states = sizeOf(this.slot0) + sizeOf(this.slot1) + sizeOf(this.slot2) + sizeOf(this.slot3)
    const more = this.more === undefined ? 0 : this.more.reduce((sum: number, each) => sum + sizeOf(each), 0)
    const removed = (this.removedEvent?.size ?? 0) + (this.removedProcessing?.size ?? 0)
    const bytes = entryBytes + 2 * this.row.length + 50 * (timers + removed) + states + more
    const growth = bytes - this.bytes
    this.bytes = bytes
    return growth
  }

  get #timerCount(): number {
    const timers = (this.event?.size ?? 0) + (this.processing?.size ?? 0)
    return timers + (this.eventCleanups?.size ?? 0) + (this.processingCleanups?.size ?? 0)
  }
}

function without(
  removed: RemovedTimers | undefined,
  isTold: (version: number) => boolean,
): RemovedTimers | undefined {
  if (removed === undefined) return undefined
  for (const [timestampMs, version] of removed) if (isTold(version)) removed.delete(timestampMs)
  return removed.size === 0 ? undefined : removed
}

function sizeOf(content: unknown): number {
  return content === undefined ? 0 : roughBytes(content)
}
