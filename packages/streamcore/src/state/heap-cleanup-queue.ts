/** When keys of the heap backend are to be looked at because of what expires there. */
import { type Key, type MapKey, mapKeyOf } from '../contracts/key.js'
import type { CleanupQueue, DueTimer, TimeDomain } from '../contracts/state/keyed-state-backend.js'
import type { KeyedEntries } from './keyed-entries.js'
import { TimerBuckets } from './timer-buckets.js'

/** Of one domain: the moment of each key, and the keys of each moment. */
interface Moments {
  readonly ofKeys: Map<MapKey, number>
  readonly inOrder: TimerBuckets
}

/** Buckets as those of timers; the Map makes sure that a key stands in one of them only. */
export class HeapCleanupQueue implements CleanupQueue {
  readonly #entries: KeyedEntries
  readonly #moments: Readonly<Record<TimeDomain, Moments>> = {
    event: { ofKeys: new Map(), inOrder: new TimerBuckets() },
    processing: { ofKeys: new Map(), inOrder: new TimerBuckets() },
  }

  constructor(entries: KeyedEntries) {
    this.#entries = entries
  }

  schedule(domain: TimeDomain, timestampMs: number): void {
    const setMs = this.#moments[domain].ofKeys.get(this.#entries.mapKey)
    if (setMs === undefined || setMs > timestampMs)
      this.#set(this.#moments[domain], this.#entries.ownKey(), timestampMs)
  }

  /** Sets the moment of a key that is not current. */
  restore(
    key: Key,
    { domain, timestampMs }: { readonly domain: TimeDomain; readonly timestampMs: number },
  ): void {
    const setMs = this.#moments[domain].ofKeys.get(mapKeyOf(key))
    if (setMs === undefined || setMs > timestampMs) this.#set(this.#moments[domain], key, timestampMs)
  }

  /** A key that holds nothing is not looked at: waiting for its moment it would take up memory. */
  forget(mapKey: MapKey): void {
    this.#forget(this.#moments.event, mapKey)
    this.#forget(this.#moments.processing, mapKey)
  }

  nextMs(domain: TimeDomain): number {
    return this.#moments[domain].inOrder.nextMs()
  }

  load(_domain: TimeDomain, _untilMs: number): undefined {
    return undefined
  }

  takeDue(domain: TimeDomain, untilMs: number): DueTimer | undefined {
    const { ofKeys, inOrder } = this.#moments[domain]
    const due = inOrder.takeDue(untilMs)
    if (due === undefined) return undefined
    ofKeys.delete(mapKeyOf(due.key))
    this.#entries.setCurrentKey(due.key)
    return due
  }

  #set(moments: Moments, key: Key, timestampMs: number): void {
    const mapKey = mapKeyOf(key)
    this.#forget(moments, mapKey)
    moments.ofKeys.set(mapKey, timestampMs)
    moments.inOrder.add(key, timestampMs)
  }

  #forget({ ofKeys, inOrder }: Moments, mapKey: MapKey): void {
    const setMs = ofKeys.get(mapKey)
    if (setMs === undefined) return
    ofKeys.delete(mapKey)
    inOrder.delete(mapKey, setMs)
  }
}
