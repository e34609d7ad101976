/** The timers of one time domain: a bucket of keys per time, and a heap of the times. */
import { assert } from '../contracts/assert.js'
import { type Key, type MapKey, mapKeyOf } from '../contracts/key.js'
import type { DueTimer } from '../contracts/state/keyed-state-backend.js'
import { ChangeTracker } from './change-tracker.js'
import { TimeHeap } from './time-heap.js'

/** A timer of a key in the bucket of its time. */
export interface Timer {
  readonly key: Key
  readonly bucket: TimerBucket
  /** When it was registered; see `ChangeTracker`. */
  version: number
}

/** The timers of one time, in order of registration; removed as soon as it is empty. */
interface TimerBucket {
  readonly timestampMs: number
  readonly timers: Map<MapKey, Timer>
}

/** Many keys share a time (the end of a window), so that only distinct times need to be ordered. */
export class TimerBuckets {
  readonly changes: ChangeTracker<Timer> = new ChangeTracker()
  #count = 0
  readonly #buckets = new Map<number, TimerBucket>()
  /** Every time that has a bucket, and some that no longer have one. */
  #times = new TimeHeap()
  #lastTime = Number.NaN
  #lastBucket: TimerBucket | undefined = undefined
  #drained: TimerBucket | undefined = undefined
  #drain: IterableIterator<[MapKey, Timer]> | undefined = undefined

  get count(): number {
    return this.#count
  }

  /** Whether the key has a timer for this time. */
  has(mapKey: MapKey, timestampMs: number): boolean {
    return this.#find(timestampMs)?.timers.has(mapKey) ?? false
  }

  /** Adds a timer that is not there yet. */
  add(key: Key, timestampMs: number): void {
    this.changes.made(this.#insert(key, timestampMs))
  }

  /** Adds a timer of a block. */
  restore(key: Key, timestampMs: number): void {
    this.#insert(key, timestampMs).version = this.changes.restoredVersion
  }

  delete(mapKey: MapKey, timestampMs: number): void {
    const timer = this.#find(timestampMs)?.timers.get(mapKey)
    if (timer === undefined) return
    this.#remove(mapKey, timer)
    if (this.#times.size > 2 * this.#buckets.size + 64) this.#times = new TimeHeap(this.#buckets.keys())
  }

  /** The next time; Infinity when there is none. */
  nextMs(): number {
    while (this.#times.size > 0) {
      const time = this.#times.peek()
      if (this.#buckets.has(time)) return time
      this.#times.pop()
    }
    return Number.POSITIVE_INFINITY
  }
  /** Takes the next timer that is due, in order of time and registration. */
  takeDue(untilMs: number): DueTimer | undefined {
    const timestampMs = this.nextMs()
    const bucket = timestampMs <= untilMs ? this.#buckets.get(timestampMs) : undefined
    if (bucket === undefined) return undefined
    // One iterator for the whole bucket: a fresh one would step over all that were taken before.
    if (this.#drained !== bucket || this.#drain === undefined) {
      this.#drained = bucket
      this.#drain = bucket.timers.entries()
    }
    const next = this.#drain.next()
    assert(next.done !== true, 'a bucket holds the timers that were not taken')
    const [mapKey, timer] = next.value
    this.#remove(mapKey, timer)
    return { key: timer.key, timestampMs }
  }
  /** All timers; those registered meanwhile may be among them, after those of the same time. */
  *all(): Generator<Timer, void> {
    // Iterators of a Map go on while it changes.
    for (const { timers } of this.#buckets.values()) {
      // A delegated iterator would cost several times as much.
      for (const timer of timers.values()) yield timer
    }
  }
  #insert(key: Key, timestampMs: number): Timer {
    const bucket = this.#bucketFor(timestampMs)
    const timer = { key, bucket, version: 0 }
    bucket.timers.set(mapKeyOf(key), timer)
    this.#count++
    return timer
  }
  #find(timestampMs: number): TimerBucket | undefined {
    if (timestampMs !== this.#lastTime) {
      this.#lastTime = timestampMs
      this.#lastBucket = this.#buckets.get(timestampMs)
    }
    return this.#lastBucket
  }
  #bucketFor(timestampMs: number): TimerBucket {
    const found = this.#find(timestampMs)
    if (found !== undefined) return found
    const bucket = { timestampMs, timers: new Map<MapKey, Timer>() }
    this.#buckets.set(timestampMs, bucket)
    this.#times.push(timestampMs)
    this.#lastBucket = bucket
    return bucket
  }
  #remove(mapKey: MapKey, timer: Timer): void {
    const { bucket } = timer
    bucket.timers.delete(mapKey)
    this.changes.removed(timer)
    this.#count--
    if (bucket.timers.size > 0) return
    this.#buckets.delete(bucket.timestampMs)
    if (this.#lastBucket === bucket) this.#lastBucket = undefined
    if (this.#drained === bucket) this.#drained = undefined
  }
}
