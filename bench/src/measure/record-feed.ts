/** Hands out generated records in batches, to the library's source and to the hand-written loops alike. */
import type { Stopwatch } from './stopwatch.js'

/** Which records a feed gives. */
export interface FeedOptions<T> {
  readonly generate: (index: number) => T
  readonly records: number
  /** This feed gives the records `subtaskIndex`, `subtaskIndex + parallelism`, … */
  readonly subtaskIndex: number
  readonly parallelism: number
  readonly stopwatch: Stopwatch
}

/** How many records a batch has. */
export const batchSize = 4_096

/** One subtask's share of the records. */
export class RecordFeed<T> {
  readonly #options: FeedOptions<T>
  readonly #quarterIndex: number
  #next: number
  /** Told by the first subtask, once: a call after every batch made V8 give up the compiled loop each time. */
  #hasToldQuarter: boolean

  /** `startIndex`: the first record to give, where a run goes on. */
  constructor(options: FeedOptions<T>, startIndex: number = options.subtaskIndex) {
    this.#options = options
    this.#quarterIndex = options.records / 4
    this.#next = startIndex
    this.#hasToldQuarter = options.subtaskIndex !== 0
    options.stopwatch.start()
  }

  /** Number of the record that the next batch begins with. */
  get nextIndex(): number {
    return this.#next
  }

  /** No record is left. */
  get isAtEnd(): boolean {
    return this.#next >= this.#options.records
  }

  /** Up to `max` records; none once all have been given. */
  nextBatch(max: number): T[] {
    const { generate, records, parallelism, stopwatch } = this.#options
    const count = Math.max(0, Math.min(max, Math.ceil((records - this.#next) / parallelism)))
    const batch: T[] = []
    let index = this.#next
    for (let taken = 0; taken < count; taken++) {
      batch.push(generate(index))
      index += parallelism
    }
    this.#next = index
    if (!this.#hasToldQuarter && index >= this.#quarterIndex) {
      this.#hasToldQuarter = true
      stopwatch.passQuarter()
    }
    return batch
  }
}
