/** When keys of a key-value backend are to be looked at because of what expires there: kept as their timers are. */
import type { CleanupQueue, DueTimer, TimeDomain } from '../../contracts/state/keyed-state-backend.js'
import { timeDomains } from '../state-columns.js'
import type { CachedEntries } from './cached-entries.js'
import { StoredTimerQueue, type StoredTimerQueueOptions } from './stored-timer-queue.js'

/** At most one moment per key and domain, in the key's row; the next ones in memory. */
export class StoredCleanupQueue implements CleanupQueue {
  readonly #queue: StoredTimerQueue
  readonly #entries: CachedEntries

  constructor(options: Omit<StoredTimerQueueOptions, 'purpose'>) {
    this.#entries = options.entries
    this.#queue = new StoredTimerQueue({ ...options, purpose: 'cleanups' })
  }

  schedule(domain: TimeDomain, timestampMs: number): void {
    for (const setMs of this.#queue.timesOfKey(domain)) {
      if (setMs <= timestampMs) return
      this.#queue.delete(domain, setMs)
    }
    this.#queue.register(domain, timestampMs)
  }

  /** The current key holds no state: waiting for its moments it would take up rows and memory. */
  forget(): void {
    for (const domain of timeDomains)
      for (const setMs of this.#queue.timesOfKey(domain)) this.#queue.delete(domain, setMs)
  }

  nextMs(domain: TimeDomain): number {
    return this.#queue.nextMs(domain)
  }

  load(domain: TimeDomain, untilMs: number): Promise<void> | undefined {
    // The current key may hold nothing any more: then its moment goes before it is taken.
    this.#entries.settle()
    return this.#queue.load(domain, untilMs)
  }

  takeDue(domain: TimeDomain, untilMs: number): DueTimer | undefined {
    return this.#queue.takeDue(domain, untilMs)
  }
}
