/** Timers of both time domains for key-value backends: a key's row says which it has, an index in which order they come. */
import { assert } from '../../contracts/assert.js'
import type { Key } from '../../contracts/key.js'
import type { DueTimer, TimeDomain, TimerQueue } from '../../contracts/state/keyed-state-backend.js'
import type { CachedEntries } from './cached-entries.js'
import type { TimerPurpose } from './entry-times.js'
import { timerPrefix } from './row-keys.js'
import type { RowStore } from './row-store.js'
import { TimerIndex } from './timer-index.js'

/** Keys of due timers that are loaded together. */
const prefetchMax = 256

/** Options of {@link StoredTimerQueue}. */
export interface StoredTimerQueueOptions {
  readonly entries: CachedEntries
  readonly rows: RowStore
  readonly uid: string
  readonly purpose: TimerPurpose
  /** Timers of each domain kept in memory. */
  readonly inMemoryMax: number
}

/** Because a key's row holds its timers, they are saved with it and a second registration is found without a search. */
export class StoredTimerQueue implements TimerQueue {
  readonly #entries: CachedEntries
  readonly #purpose: TimerPurpose
  readonly #indices: Readonly<Record<TimeDomain, TimerIndex>>
  readonly #counts: Record<TimeDomain, number> = { event: 0, processing: 0 }
  #lastNumber = 0
  /** No snapshot holds a timer of a higher number. */
  #lastInSnapshot = 0
  /** Due timers whose keys need not be loaded again. */
  readonly #prefetched: Record<TimeDomain, number> = { event: 0, processing: 0 }

  constructor(options: StoredTimerQueueOptions) {
    const { entries, rows, uid, purpose, inMemoryMax } = options
    this.#entries = entries
    this.#purpose = purpose
    const indexOf = (domain: TimeDomain) =>
      new TimerIndex({ prefix: timerPrefix(domain, purpose), rows, uid, inMemoryMax })
    this.#indices = { event: indexOf('event'), processing: indexOf('processing') }
  }

  /** From now on timers that go may be in the snapshot that begins. */
  beginSnapshot(): void {
    this.#lastInSnapshot = this.#lastNumber
  }

  register(domain: TimeDomain, timestampMs: number): void {
    assert(timestampMs === timestampMs, 'the time of a timer is a number')
    if (this.#timersOfKey(domain)?.has(timestampMs)) return
    const entry = this.#entries.changing()
    const number = ++this.#lastNumber
    entry.ownTimers(domain, this.#purpose).set(timestampMs, number)
    this.#counts[domain]++
    this.#indices[domain].add({ timestampMs, number, key: entry.key })
  }

  delete(domain: TimeDomain, timestampMs: number): void {
    const number = this.#timersOfKey(domain)?.get(timestampMs)
    if (number === undefined) return
    this.#remove(domain, timestampMs, number)
    this.#indices[domain].delete({ timestampMs, number })
  }

  nextMs(domain: TimeDomain): number {
    return this.#indices[domain].nextMs()
  }

  load(domain: TimeDomain, untilMs: number): Promise<void> | undefined {
    const index = this.#indices[domain]
    const page = index.load(untilMs)
    if (page !== undefined) return page
    const isAnyDue = index.nextMs() <= untilMs
    // Some of those whose keys were loaded may have been deleted.
    if (!isAnyDue) this.#prefetched[domain] = 0
    if (!isAnyDue || this.#prefetched[domain] > 0) return undefined
    const keys: Key[] = []
    for (const { key, timestampMs } of index.soon(prefetchMax)) if (timestampMs <= untilMs) keys.push(key)
    this.#prefetched[domain] = keys.length
    return this.#entries.prefetch(keys)
  }

  takeDue(domain: TimeDomain, untilMs: number): DueTimer | undefined {
    const index = this.#indices[domain]
    assert(index.load(untilMs) === undefined, 'due timers are loaded before they are taken')
    const due = index.take(untilMs)
    if (due === undefined) return undefined
    this.#prefetched[domain] = Math.max(0, this.#prefetched[domain] - 1)
    this.#entries.setCurrentKey(due.key)
    assert(
      this.#timersOfKey(domain)?.get(due.timestampMs) === due.number,
      'a key has the timers that fire for it',
    )
    this.#remove(domain, due.timestampMs, due.number)
    return { key: due.key, timestampMs: due.timestampMs }
  }

  count(domain: TimeDomain): number {
    return this.#counts[domain]
  }

  /** A restored timer of the current key; false when the key has it already. */
  restore(domain: TimeDomain, timestampMs: number): boolean {
    if (this.#timersOfKey(domain)?.has(timestampMs)) return false
    this.register(domain, timestampMs)
    return true
  }

  /** The times of the current key. */
  timesOfKey(domain: TimeDomain): Iterable<number> {
    return this.#timersOfKey(domain)?.keys() ?? []
  }

  #timersOfKey(domain: TimeDomain): ReadonlyMap<number, number> | undefined {
    return this.#entries.current.timers(domain, this.#purpose)
  }

  #remove(domain: TimeDomain, timestampMs: number, number: number): void {
    const entry = this.#entries.changing()
    entry.ownTimers(domain, this.#purpose).delete(timestampMs)
    this.#counts[domain]--
    // Snapshots do not hold cleanups. What comes and goes between two snapshots nobody has to be told of.
    const isTold = this.#purpose === 'timers' && number <= this.#lastInSnapshot
    if (isTold && this.#entries.tracksChanges) entry.addRemovedTimer(domain, timestampMs)
  }
}
