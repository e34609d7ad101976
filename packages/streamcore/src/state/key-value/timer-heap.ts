/** Timers in memory, the next one on top. */
import type { Key } from '../../contracts/key.js'

/** A place in the order of timers. */
export interface TimerPosition {
  readonly timestampMs: number
  /** Counts all timers of a backend in order of registration. */
  readonly number: number
}

/** A timer of a key. */
export interface NumberedTimer extends TimerPosition {
  readonly key: Key
}

/** The order of timers: by time, then by registration. */
export function isBefore(a: TimerPosition, b: TimerPosition): boolean {
  return a.timestampMs < b.timestampMs || (a.timestampMs === b.timestampMs && a.number < b.number)
}

/** A binary heap. Deleted timers stay in it until they come up or are the majority. */
export class TimerHeap {
  #timers: NumberedTimer[]
  readonly #deleted = new Set<number>()

  /** `timers` are in order. */
  constructor(timers: NumberedTimer[] = []) {
    this.#timers = timers
  }

  get size(): number {
    return this.#timers.length - this.#deleted.size
  }

  push(timer: NumberedTimer): void {
    const timers = this.#timers
    let hole = timers.length
    timers.push(timer)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = timers[parent]!
      if (isBefore(above, timer)) break
      timers[hole] = above
      hole = parent
    }
    timers[hole] = timer
  }

  /** Removes a timer that is in the heap. */
  delete(number: number): void {
    this.#deleted.add(number)
    if (this.#deleted.size > this.#timers.length / 2 + 64) this.#timers = this.sorted()
  }

  /** The next timer, if there is one. */
  peek(): NumberedTimer | undefined {
    for (let top = this.#timers[0]; top !== undefined; top = this.#timers[0]) {
      if (!this.#deleted.delete(top.number)) return top
      this.pop()
    }
    return undefined
  }

  /** Removes what {@link peek} gave. */
  pop(): void {
    const timers = this.#timers
    const last = timers.pop()
    const size = timers.length
    if (last === undefined || size === 0) return
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= size) break
      if (child + 1 < size && isBefore(timers[child + 1]!, timers[child]!)) child++
      const below = timers[child]!
      if (isBefore(last, below)) break
      timers[hole] = below
      hole = child
    }
    timers[hole] = last
  }

  /** All timers in order. */
  sorted(): NumberedTimer[] {
    const timers = this.#timers.filter(({ number }) => !this.#deleted.has(number))
    this.#deleted.clear()
    return timers.sort((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  /** Up to `max` of the timers that come soon; all of them when there are no more. */
  soon(max: number): readonly NumberedTimer[] {
    return this.#timers.slice(0, max)
  }
}
