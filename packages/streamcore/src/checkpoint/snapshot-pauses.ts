/** How long the loop of the tasks stood still for a checkpoint's snapshots: a small histogram that can be sent and added up. */

/** Upper bounds of the classes; the last class holds everything longer. */
export const pauseBoundsMs: readonly number[] = [1, 2, 5, 10, 20, 50, 100]

/** Stops of one task or of all. */
export interface SnapshotPauses {
  /** Stops per class of {@link pauseBoundsMs}, and one class more. */
  readonly counts: readonly number[]
  readonly maxMs: number
  /** All stops together: what the snapshots cost the tasks. */
  readonly totalMs: number
}

/** No stop yet. */
export const noPauses: SnapshotPauses = Object.freeze({
  counts: Object.freeze(new Array<number>(pauseBoundsMs.length + 1).fill(0)),
  maxMs: 0,
  totalMs: 0,
})

/** Counts the stops of one task for one checkpoint. */
export class PauseCounter {
  readonly #counts = [...noPauses.counts]
  #maxMs = 0
  #totalMs = 0

  add(durationMs: number): void {
    const index = pauseBoundsMs.findIndex((boundMs) => durationMs <= boundMs)
    const place = index === -1 ? pauseBoundsMs.length : index
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
    this.#maxMs = Math.max(this.#maxMs, durationMs)
    this.#totalMs += durationMs
  }

  pauses(): SnapshotPauses {
    return { counts: this.#counts, maxMs: this.#maxMs, totalMs: this.#totalMs }
  }
}

/** The stops of both. */
export function addPauses(a: SnapshotPauses, b: SnapshotPauses): SnapshotPauses {
  return {
    counts: a.counts.map((count, index) => count + (b.counts[index] ?? 0)),
    maxMs: Math.max(a.maxMs, b.maxMs),
    totalMs: a.totalMs + b.totalMs,
  }
}
