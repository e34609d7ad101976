/** Moments that the entry of a key knows of, by domain and purpose. */
import type { TimeDomain } from '../../contracts/state/keyed-state-backend.js'

/** Numbers of a key's timers of one domain, by their times. */
export type TimerNumbers = Map<number, number>

/** Versions at which timers of one domain went, by their times. */
export type RemovedTimers = Map<number, number>

/** What a moment is for: `timers` of the user, `cleanups` of state that expires. */
export type TimerPurpose = 'timers' | 'cleanups'

/** Most keys have none, so that this stands beside their entries. */
export class EntryTimes {
  event: TimerNumbers | undefined = undefined
  processing: TimerNumbers | undefined = undefined
  eventCleanups: TimerNumbers | undefined = undefined
  processingCleanups: TimerNumbers | undefined = undefined
  /** Timers that went since the last durable snapshot, which may hold them. */
  removedEvent: RemovedTimers | undefined = undefined
  removedProcessing: RemovedTimers | undefined = undefined

  /** The timers of a domain, to look at. */
  timers(domain: TimeDomain, purpose: TimerPurpose): TimerNumbers | undefined {
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

  /** The removed timers of a domain, to change. */
  ownRemovedTimers(domain: TimeDomain): RemovedTimers {
    if (domain === 'event') return (this.removedEvent ??= new Map())
    return (this.removedProcessing ??= new Map())
  }

  /** Forgets removed timers of which `isTold` says that nobody has to be told any more. */
  forgetRemovedTimers(isTold: (version: number) => boolean): void {
    this.removedEvent = without(this.removedEvent, isTold)
    this.removedProcessing = without(this.removedProcessing, isTold)
  }

  get timerCount(): number {
    const timers = (this.event?.size ?? 0) + (this.processing?.size ?? 0)
    return timers + (this.eventCleanups?.size ?? 0) + (this.processingCleanups?.size ?? 0)
  }

  get removedCount(): number {
    return (this.removedEvent?.size ?? 0) + (this.removedProcessing?.size ?? 0)
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
