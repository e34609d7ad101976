/** The timers of one domain in order of time and registration: the next ones in memory, the others in rows. */
import { assert } from '../../contracts/assert.js'
import type { Key } from '../../contracts/key.js'
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import { endOfPrefix, timerRow } from './row-keys.js'
import type { RowStore } from './row-store.js'
import { isBefore, type NumberedTimer, TimerHeap, type TimerPosition } from './timer-heap.js'

/** Options of {@link TimerIndex}. */
export interface TimerIndexOptions {
  /** What their rows begin with. */
  readonly prefix: string
  readonly rows: RowStore
  readonly uid: string
  /** Timers in memory above which the later half is moved to rows. */
  readonly inMemoryMax: number
}

/**
 * Everything before the horizon is in memory, everything from it on in rows.
 */
export class TimerIndex {
  readonly #options: TimerIndexOptions
  #next = new TimerHeap()
  /** The first that may be in a row; undefined when all are in memory. */
  #horizon: TimerPosition | undefined = undefined
  #storedCount = 0
  /** What has changed in the rows while a page was read. */
  #changes: PageChanges | undefined = undefined
  #loading: Promise<void> | undefined = undefined

  constructor(options: TimerIndexOptions) {
    this.#options = options
  }

  add(timer: NumberedTimer): void {
    if (this.#horizon === undefined || isBefore(timer, this.#horizon)) {
      this.#next.push(timer)
      if (this.#next.size > this.#options.inMemoryMax) this.#spill()
    } else {
      this.#store(timer)
    }
  }

  delete(timer: TimerPosition): void {
    if (this.#horizon === undefined || isBefore(timer, this.#horizon)) {
      this.#next.delete(timer.number)
      return
    }
    this.#changes?.gone.add(timer.number)
    this.#removeRow(timer)
    if (this.#storedCount === 0 && this.#changes === undefined) this.#horizon = undefined
  }

  /** Not later than the next timer; Infinity when there is none. */
  nextMs(): number {
    const inMemory = this.#next.peek()
    if (inMemory !== undefined) return inMemory.timestampMs
    return this.#horizon?.timestampMs ?? Number.POSITIVE_INFINITY
  }

  /** Reads a page when the next timer is in a row and may be due. */
  load(untilMs: number): Promise<void> | undefined {
    if (this.#next.peek() !== undefined || this.#horizon === undefined) return undefined
    if (this.#horizon.timestampMs > untilMs) return undefined
    this.#loading ??= this.#readPage().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  /** Takes the next timer that is due; {@link load} has been awaited. */
  take(untilMs: number): NumberedTimer | undefined {
    const timer = this.#next.peek()
    if (timer === undefined || timer.timestampMs > untilMs) return undefined
    this.#next.pop()
    return timer
  }

  /** Some of the timers in memory that come next. */
  soon(max: number): readonly NumberedTimer[] {
    return this.#next.soon(max)
  }

  #spill(): void {
    const timers = this.#next.sorted()
    const kept = timers.length >> 1
    this.#horizon = timers[kept]
    this.#next = new TimerHeap(timers.slice(0, kept))
    for (const timer of timers.slice(kept)) this.#store(timer)
  }

  #store(timer: NumberedTimer): void {
    const { rows, uid } = this.#options
    const cells: TimerRow = [timer.timestampMs, timer.number, timer.key]
    rows.put(this.#row(timer), encodeValue(cells, { what: 'a timer', uid, key: timer.key }))
    this.#storedCount++
    this.#changes?.arrived.push(timer)
  }

  async #readPage(): Promise<void> {
    const { prefix, rows, inMemoryMax } = this.#options
    const limit = Math.max(1, inMemoryMax >> 1)
    const changes: PageChanges = { arrived: [], gone: new Set() }
    this.#changes = changes
    try {
      // Earlier writes must be in the page; those that are queued from now on may be missing.
      await rows.flush()
      const page = await rows.page({ gte: prefix, lt: endOfPrefix(prefix), limit })
      const timers = page.map(({ value }) => timerOf(value))
      const last = timers.at(-1)
      // The numbers of timers are integers, so nothing lies between a timer and this place.
      const isLastPage = last === undefined || page.length < limit
      this.#horizon = isLastPage ? undefined : { timestampMs: last.timestampMs, number: last.number + 1 }
      this.#bringIn([...timers, ...changes.arrived], changes.gone)
    } finally {
      this.#changes = undefined
    }
  }

  /** Timers before the new horizon come into memory; some may be there twice. */
  #bringIn(timers: readonly NumberedTimer[], gone: Set<number>): void {
    for (const timer of timers) {
      const isBeyond = this.#horizon !== undefined && !isBefore(timer, this.#horizon)
      if (isBeyond || gone.has(timer.number)) continue
      gone.add(timer.number)
      this.#removeRow(timer)
      this.#next.push(timer)
    }
    assert(
      this.#horizon !== undefined || this.#storedCount === 0,
      'without a horizon all timers are in memory',
    )
    if (this.#storedCount === 0) this.#horizon = undefined
    if (this.#next.size > this.#options.inMemoryMax) this.#spill()
  }

  #removeRow(timer: TimerPosition): void {
    this.#options.rows.delete(this.#row(timer))
    this.#storedCount--
  }

  #row({ timestampMs, number }: TimerPosition): string {
    return timerRow(this.#options.prefix, timestampMs, number)
  }
}

type TimerRow = readonly [timestampMs: number, number: number, key: Key]

interface PageChanges {
  readonly arrived: NumberedTimer[]
  /** Numbers of timers that were deleted. */
  readonly gone: Set<number>
}

function timerOf(bytes: Uint8Array): NumberedTimer {
  const [timestampMs, number, key] = decodeValue<TimerRow>(bytes)
  return { timestampMs, number, key }
}
