/** A source of generated records: one split per subtask, each filled from its own feed without waiting. */
import type { JsonValue, Source, SourceBatch, SourceSplit, SplitEnumerator, SplitReader } from 'streamcore'
import { RecordFeed } from '../measure/record-feed.js'
import type { Run } from './workload.js'

/** The records of a run; record `i` belongs to split `i % parallelism`. */
export function generatedSource<T>(run: Run, generate: (index: number) => T): Source<T> {
  const { records, parallelism } = run
  return {
    kind: 'generated',
    config: { records, parallelism },
    boundedness: 'bounded',
    createEnumerator: async () => new GeneratedSplits(parallelism),
    createReader: async (split, position) => {
      const subtaskIndex = indexOf(split.info)
      const startIndex = position === undefined ? subtaskIndex : indexOf(position)
      return new GeneratedReader(new RecordFeed({ ...run, generate, subtaskIndex }, startIndex), parallelism)
    },
  }
}

class GeneratedSplits implements SplitEnumerator {
  readonly #count: number

  constructor(count: number) {
    this.#count = count
  }

  async discover(): Promise<readonly SourceSplit[]> {
    return Array.from({ length: this.#count }, (_, index) => ({ id: `split-${index}`, info: index }))
  }

  async close(): Promise<void> {}
}

/** A position is the number of the next record. */
class GeneratedReader<T> implements SplitReader<T> {
  readonly #feed: RecordFeed<T>
  readonly #step: number

  constructor(feed: RecordFeed<T>, step: number) {
    this.#feed = feed
    this.#step = step
  }

  async fetch(maxRecords: number): Promise<SourceBatch<T>> {
    const start = this.#feed.nextIndex
    const step = this.#step
    const records = this.#feed.nextBatch(maxRecords)
    return {
      records,
      positionAfter: (index) => start + (index + 1) * step,
      endPosition: this.#feed.nextIndex,
      placeOf: (index) => `record ${start + index * step}`,
      isEnd: this.#feed.isAtEnd,
    }
  }

  async close(): Promise<void> {}
}

function indexOf(value: JsonValue): number {
  if (typeof value === 'number') return value
  throw new Error(`Expected the number of a record, got ${JSON.stringify(value)}`)
}
