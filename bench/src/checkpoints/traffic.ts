/** What the job of a checkpoint bench reads: every key once, then a share of the keys again and again, until it is stopped. */
import type { JsonValue, Source, SourceBatch, SourceSplit, SplitEnumerator, SplitReader } from 'streamcore'

/** Steers the source of a job in the same process and counts what it gave. */
export interface Traffic {
  readonly keys: number
  /** Keys that go on changing: so many are dirty at each checkpoint. */
  readonly hotKeys: number
  /** Records given, also before a restart. */
  emitted: number
  /** Set for the run that checks a restore: it gives every key once more and ends. */
  isChecking: boolean
  /** When the first record was asked for; undefined until then. */
  startedMs: number | undefined
}

/** One split whose position is the number of records given. */
export function trafficSource(traffic: Traffic): Source<number> {
  return {
    kind: 'traffic',
    config: { keys: traffic.keys },
    boundedness: 'bounded',
    createEnumerator: async () => new OneSplit(),
    createReader: async (_split, position) => new TrafficReader(traffic, position),
  }
}

class OneSplit implements SplitEnumerator {
  async discover(): Promise<readonly SourceSplit[]> {
    return [{ id: 'traffic', info: null }]
  }

  async close(): Promise<void> {}
}

class TrafficReader implements SplitReader<number> {
  readonly #traffic: Traffic
  readonly #firstIndex: number
  #next: number

  constructor(traffic: Traffic, position: JsonValue | undefined) {
    this.#traffic = traffic
    this.#firstIndex = typeof position === 'number' ? position : 0
    this.#next = this.#firstIndex
    traffic.emitted = this.#next
  }

  async fetch(maxRecords: number): Promise<SourceBatch<number>> {
    const { keys, isChecking } = this.#traffic
    this.#traffic.startedMs ??= performance.now()
    const start = this.#next
    const left = isChecking ? this.#firstIndex + keys - start : maxRecords
    const records = Array.from({ length: Math.min(maxRecords, left) }, (_, index) =>
      this.#keyAt(start + index),
    )
    this.#next += records.length
    this.#traffic.emitted = this.#next
    return {
      records,
      positionAfter: (index) => start + index + 1,
      endPosition: this.#next,
      placeOf: (index) => `record ${start + index}`,
      isEnd: isChecking && this.#next === this.#firstIndex + keys,
    }
  }

  #keyAt(index: number): number {
    const { keys, hotKeys, isChecking } = this.#traffic
    if (isChecking) return index - this.#firstIndex
    return index < keys ? index : Math.floor(((index % hotKeys) * keys) / hotKeys)
  }

  async close(): Promise<void> {}
}
