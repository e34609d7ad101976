/** A bounded source over values in memory: for examples, tests and small inputs. One split, position = index. */
import { StreamcoreError } from '../contracts/errors.js'
import type {
  JsonValue,
  Source,
  SourceBatch,
  SourceSplit,
  SplitEnumerator,
  SplitReader,
} from '../contracts/source.js'

/** Reads `values` once, in order. The list is copied; the values themselves are not and must not change. */
export function collectionSource<T>(values: readonly T[]): Source<T> {
  const copy = Object.freeze([...values])
  const split: SourceSplit = Object.freeze({ id: 'collection', info: null })
  return Object.freeze({
    kind: 'collection',
    config: Object.freeze({ count: copy.length }),
    boundedness: 'bounded' as const,
    createEnumerator: async (): Promise<SplitEnumerator> => ({
      discover: async () => [split],
      close: async () => {},
    }),
    createReader: async (_split: SourceSplit, position: JsonValue | undefined): Promise<SplitReader<T>> =>
      new CollectionReader(copy, startOf(position, copy.length)),
  })
}

class CollectionReader<T> implements SplitReader<T> {
  readonly #values: readonly T[]
  #next: number

  constructor(values: readonly T[], start: number) {
    this.#values = values
    this.#next = start
  }

  async fetch(maxRecords: number): Promise<SourceBatch<T>> {
    const start = this.#next
    const records = this.#values.slice(start, start + maxRecords)
    this.#next = start + records.length
    return {
      records,
      positionAfter: (index) => start + index + 1,
      endPosition: this.#next,
      placeOf: (index) => `collection[${start + index}]`,
      isEnd: this.#next === this.#values.length,
    }
  }

  async close(): Promise<void> {}
}

function startOf(position: JsonValue | undefined, count: number): number {
  if (position === undefined) return 0
  if (typeof position === 'number' && Number.isInteger(position) && position >= 0 && position <= count) {
    return position
  }
  throw new StreamcoreError(
    'STREAMCORE_RESTORE',
    `Expected the position in a collection to be an index from 0 to ${count}, got ${JSON.stringify(position)}; ` +
      'the collection must be the same as when the checkpoint was made',
  )
}
