/** A binary heap of times, the smallest on top. */

/** Times as plain numbers; the same one may stand in it more than once. */
export class TimeHeap {
  #times: number[]

  constructor(times: Iterable<number> = []) {
    this.#times = [...times].sort((a, b) => a - b) // A sorted array is a heap.
  }

  get size(): number {
    return this.#times.length
  }

  /** The smallest time; Infinity when there is none. */
  peek(): number {
    return this.#times.length === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!
  }

  push(time: number): void {
    const times = this.#times
    let hole = times.length
    times.push(time)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = times[parent]!
      if (above <= time) break
      times[hole] = above
      hole = parent
    }
    times[hole] = time
  }

  /** Removes the smallest time. */
  pop(): void {
    const times = this.#times
    const last = times.pop()
    const size = times.length
    if (last === undefined || size === 0) return
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= size) break
      if (child + 1 < size && times[child + 1]! < times[child]!) child++
      const below = times[child]!
      if (below >= last) break
      times[hole] = below
      hole = child
    }
    times[hole] = last
  }
}
