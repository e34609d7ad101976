/** The timers of one time domain: a bucket of keys per time, and a heap of the times. */
import { assert } from '../contracts/assert.js'
import { type Key, type MapKey, mapKeyOf } from '../contracts/key.js'
import type { DueTimer } from '../contracts/state/keyed-state-backend.js'
import { TimeHeap } from './time-heap.js'

/** A timer of a key in the bucket of its time. */
export interface Timer {
  readonly key: Key
  /** Number of the snapshot that is done with this timer: it was registered or written since that one began. */
  version: number
}

/** Saves a timer into the snapshot under way. */
export interface TimerSaver {
  saveTimer(timer: Timer, timestampMs: number): void
}

/** Many keys share a time (the end of a window), so that only distinct times need to be ordered. */
export class TimerBuckets {
  #count = 0
  /** In order of registration; a bucket is removed as soon as it is empty. */
  readonly #buckets = new Map<number, Map<MapKey, Timer>>()
  /** Every time that has a bucket, and some that no longer have one. */
  #times = new TimeHeap()
  #lastTime = Number.NaN
  #lastBucket: Map<MapKey, Timer> | undefined = undefined
  #drained: Map<MapKey, Timer> | undefined = undefined
  #drain: IterableIterator<[MapKey, Timer]> | undefined = undefined
  #version = 0
  #saveBelow = 0
  #saver: TimerSaver | undefined = undefined

  get count(): number {
    return this.#count
  }

  /** Whether the key has a timer for this time. */
  has(mapKey: MapKey, timestampMs: number): boolean {
    return this.#find(timestampMs)?.has(mapKey) ?? false
  }

  /** Adds a timer that is not there yet. */
  add(key: Key, timestampMs: number): void {
    this.#bucketFor(timestampMs).set(mapKeyOf(key), { key, version: this.#version })
    this.#count++
  }

  delete(mapKey: MapKey, timestampMs: number): void {
    const bucket = this.#find(timestampMs)
    const timer = bucket?.get(mapKey)
    if (bucket === undefined || timer === undefined) return
    this.#remove(bucket, mapKey, timer, timestampMs)
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
      this.#drain = bucket.entries()
    }
    const next = this.#drain.next()
    assert(next.done !== true, 'a bucket holds the timers that were not taken')
    const [mapKey, timer] = next.value
    this.#remove(bucket, mapKey, timer, timestampMs)
    return { key: timer.key, timestampMs }
  }

  /** From now on `saver` gets every timer that exists now, before it goes; gives the timers to walk through. */
  beginSnapshot(saver: TimerSaver): Generator<readonly [number, Timer], void> {
    this.#version++
    this.#saveBelow = this.#version
    this.#saver = saver
    return this.#walk()
  }

  /** Saves a timer met on the walk, unless it is saved already or younger than the snapshot. */
  saveOnce(timer: Timer, timestampMs: number): void {
    if (timer.version >= this.#saveBelow) return
    this.#saver?.saveTimer(timer, timestampMs)
    timer.version = this.#version
  }

  /** The snapshot needs no more timers. */
  endSnapshot(): void {
    this.#saveBelow = 0
    this.#saver = undefined
  }

  *#walk(): Generator<readonly [number, Timer], void> {
    // Iterators of a Map go on while it changes; what comes in meanwhile is younger than the snapshot.
    for (const [timestampMs, bucket] of this.#buckets) {
      for (const timer of bucket.values()) yield [timestampMs, timer]
    }
  }

  #find(timestampMs: number): Map<MapKey, Timer> | undefined {
    if (timestampMs !== this.#lastTime) {
      this.#lastTime = timestampMs
      this.#lastBucket = this.#buckets.get(timestampMs)
    }
    return this.#lastBucket
  }

  #bucketFor(timestampMs: number): Map<MapKey, Timer> {
    const found = this.#find(timestampMs)
    if (found !== undefined) return found
    const bucket = new Map<MapKey, Timer>()
    this.#buckets.set(timestampMs, bucket)
    this.#times.push(timestampMs)
    this.#lastBucket = bucket
    return bucket
  }

  #remove(bucket: Map<MapKey, Timer>, mapKey: MapKey, timer: Timer, timestampMs: number): void {
    this.saveOnce(timer, timestampMs)
    bucket.delete(mapKey)
    this.#count--
    if (bucket.size > 0) return
    this.#buckets.delete(timestampMs)
    if (this.#lastBucket === bucket) this.#lastBucket = undefined
    if (this.#drained === bucket) this.#drained = undefined
  }
}
