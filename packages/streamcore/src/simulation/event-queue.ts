/** Virtual events in the order in which they happen: by time, then by a drawn number, then as they were scheduled. */

/** Something that happens at a virtual time. */
export interface VirtualEvent {
  readonly timeMs: number
  /** Drawn from the seed, so that events of the same time come in any order. */
  readonly drawn: number
  readonly sequence: number
  readonly run: () => void
}

/** A binary heap. */
export class EventQueue {
  readonly #heap: VirtualEvent[] = []

  get size(): number {
    return this.#heap.length
  }

  push(event: VirtualEvent): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(event)
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || !isBefore(event, parent)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = event
  }

  /** Takes the first event. */
  pop(): VirtualEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const moved = heap.pop()
    if (moved !== undefined && heap.length > 0) this.#sink(moved)
    return first
  }

  #sink(moved: VirtualEvent): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      let childIndex = 2 * index + 1
      let child = heap[childIndex]
      if (child === undefined) break
      const right = heap[childIndex + 1]
      if (right !== undefined && isBefore(right, child)) {
        childIndex += 1
        child = right
      }
      if (!isBefore(child, moved)) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = moved
  }
}

function isBefore(a: VirtualEvent, b: VirtualEvent): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs < b.timeMs
  if (a.drawn !== b.drawn) return a.drawn < b.drawn
  return a.sequence < b.sequence
}
