/** A source whose splits rest while too many of their records wait for others. */
import type {
  Counter,
  Gauge,
  JsonValue,
  Source,
  SourceBatch,
  SourceContext,
  SourceSplit,
  SplitReader,
} from 'streamcore'
import type { BacklogMeter } from '../backlog/backlog-meter.js'

/** 1 while a split rests. */
export const restingMetric = 'import_resting'
/** How often splits came to rest. */
export const restsMetric = 'import_rests_total'

/** What decides. */
export interface RestingOptions {
  readonly meter: BacklogMeter
  readonly entityOf: (split: SourceSplit) => string
  /** A fetch brings no more: what is in hand when a split comes to rest waits as well. */
  readonly fetchRecordsMax: number
}

/** Lets the splits of a source rest when the meter says so. */
export function restingSource<T>(source: Source<T>, options: RestingOptions): Source<T> {
  return Object.freeze({
    ...source,
    createEnumerator: (context: SourceContext) => {
      // Called once in each incarnation, before the first element.
      options.meter.forget()
      return source.createEnumerator(context)
    },
    async createReader(split: SourceSplit, position: JsonValue | undefined, context: SourceContext) {
      const reader = await source.createReader(split, position, context)
      return new RestingReader({ reader, split, context, options })
    },
  })
}

class RestingReader<T> implements SplitReader<T> {
  readonly #reader: SplitReader<T>
  readonly #split: string
  readonly #entity: string
  readonly #context: SourceContext
  readonly #options: RestingOptions
  readonly #resting: Gauge
  readonly #rests: Counter
  #last: SourceBatch<T> | undefined
  #isAtEnd = false

  constructor(parts: {
    readonly reader: SplitReader<T>
    readonly split: SourceSplit
    readonly context: SourceContext
    readonly options: RestingOptions
  }) {
    this.#reader = parts.reader
    this.#split = parts.split.id
    this.#entity = parts.options.entityOf(parts.split)
    this.#context = parts.context
    this.#options = parts.options
    const { metrics } = parts.context.ports
    this.#resting = metrics.gauge(restingMetric, { split: this.#split })
    this.#rests = metrics.counter(restsMetric, { split: this.#split })
    this.#options.meter.setLane(this.#split, this.#entity, undefined)
  }

  async fetch(maxRecords: number): Promise<SourceBatch<T>> {
    const { meter, fetchRecordsMax } = this.#options
    const { clock } = this.#context.ports
    const last = this.#last
    const isResting = last !== undefined && meter.isPaused(this.#entity, clock.wallMs())
    if (isResting && this.#resting.value() === 0) this.#rests.add(1)
    this.#resting.set(isResting ? 1 : 0)
    // Where it stands is known from the batch before.
    if (isResting) return emptyAfter(last)
    const batch = await this.#reader.fetch(Math.min(maxRecords, fetchRecordsMax))
    this.#last = batch
    const isAtEnd = batch.isEnd || batch.records.length === 0
    if (!isAtEnd) meter.setLane(this.#split, this.#entity, undefined)
    else if (!this.#isAtEnd) meter.setLane(this.#split, this.#entity, clock.wallMs())
    this.#isAtEnd = isAtEnd
    return batch
  }

  async close(): Promise<void> {
    await this.#reader.close()
  }
}

function emptyAfter<T>({ endPosition, placeOf }: SourceBatch<T>): SourceBatch<T> {
  return { records: [], positionAfter: () => endPosition, endPosition, placeOf, isEnd: false }
}
