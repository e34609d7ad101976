/** Reads topics of a partitioned log: one split per partition, the next offset as its position. */
import {
  type JsonValue,
  messageOf,
  type LogRecord,
  type PartitionedLog,
  partitionedLogConnection,
  type RejectedInput,
  type Source,
  type SourceBatch,
  type SourceContext,
  type SourceSplit,
  type SplitReader,
  StreamcoreError,
} from 'streamcore'
import { describeLogPlace, type LogPlace } from './log-place.js'

/** What a log source reads and how. */
export interface LogSourceOptions<T> {
  /** Name of a partitioned-log connection. */
  readonly connection: string
  readonly topics: readonly string[]
  /** Makes a record of the stored bytes; what it throws rejects the record with its place. */
  readonly decode: (record: LogRecord, place: LogPlace) => T
  /** `bounded` reads what is there when the job starts, `unbounded` (default) goes on. */
  readonly boundedness?: 'bounded' | 'unbounded'
  /** How long an unbounded reader waits at the end before it looks again; 50 ms by default. */
  readonly pollIntervalMs?: number
}

const rawLengthMax = 1_000

/** A source over all partitions of some topics. Event times are those of the log. */
export function logSource<T>(options: LogSourceOptions<T>): Source<T> {
  const { connection, topics, boundedness = 'unbounded' } = options
  return Object.freeze({
    kind: 'log',
    config: { connection, topics: [...topics], boundedness },
    boundedness,
    async createEnumerator(context: SourceContext) {
      const log = await partitionedLogConnection.open(context.connections, connection)
      return { discover: () => discoverSplits(log, topics), close: () => log.close() }
    },
    async createReader(split: SourceSplit, position: JsonValue | undefined, context: SourceContext) {
      const log = await partitionedLogConnection.open(context.connections, connection)
      try {
        const place = placeOfSplit(split)
        const range =
          position === undefined
            ? await firstRange(log, place, boundedness)
            : await nextRange(log, place, { boundedness, range: parsePosition(split, position) })
        return new LogSplitReader({ log, place, range, options, context })
      } catch (error) {
        await log.close()
        throw error
      }
    },
  })
}

async function discoverSplits(
  log: PartitionedLog,
  topics: readonly string[],
): Promise<readonly SourceSplit[]> {
  const splits = await Promise.all(
    topics.map(async (topic) => {
      const partitions = await log.partitionCount(topic)
      if (partitions === undefined) throw await missingTopic(log, topic)
      return Array.from({ length: partitions }, (_, partition) => ({
        id: `${topic}/${partition}`,
        info: { topic, partition },
      }))
    }),
  )
  return splits.flat()
}

async function missingTopic(log: PartitionedLog, topic: string): Promise<StreamcoreError> {
  const known = await log.topics()
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected topic '${topic}' in the log, got ${known.length === 0 ? 'no topics' : known.join(', ')}; create it first`,
  )
}

/** Where a reader stands: the next offset, and for bounded sources where it stops. */
interface ReadRange {
  readonly next: number
  readonly end: number | null
}

async function firstRange(
  log: PartitionedLog,
  { topic, partition }: Omit<LogPlace, 'offset'>,
  boundedness: Source<unknown>['boundedness'],
): Promise<ReadRange> {
  const { start, end } = await log.offsets(topic, partition)
  return { next: start, end: boundedness === 'bounded' ? end : null }
}

// A range that a run has broken off is read to its end; after it, the next one is what has come since.
async function nextRange(
  log: PartitionedLog,
  { topic, partition }: Omit<LogPlace, 'offset'>,
  { boundedness, range }: { readonly boundedness: Source<unknown>['boundedness']; readonly range: ReadRange },
): Promise<ReadRange> {
  if (boundedness === 'unbounded') return { next: range.next, end: null }
  if (range.end !== null && range.next < range.end) return range
  return { next: range.next, end: (await log.offsets(topic, partition)).end }
}

class LogSplitReader<T> implements SplitReader<T> {
  readonly #log: PartitionedLog
  readonly #topic: string
  readonly #partition: number
  readonly #options: LogSourceOptions<T>
  readonly #context: SourceContext
  readonly #closing = new AbortController()
  #next: number
  readonly #end: number | null

  constructor(parts: {
    readonly log: PartitionedLog
    readonly place: Omit<LogPlace, 'offset'>
    readonly range: ReadRange
    readonly options: LogSourceOptions<T>
    readonly context: SourceContext
  }) {
    this.#log = parts.log
    this.#topic = parts.place.topic
    this.#partition = parts.place.partition
    this.#next = parts.range.next
    this.#end = parts.range.end
    this.#options = parts.options
    this.#context = parts.context
  }

  async fetch(maxRecords: number): Promise<SourceBatch<T>> {
    let records = await this.#read(maxRecords)
    if (records.length === 0 && this.#end === null) {
      await this.#context.ports.clock.sleep(this.#options.pollIntervalMs ?? 50, this.#closing.signal)
      records = await this.#read(maxRecords)
    }
    const last = records.at(-1)
    if (last) this.#next = last.offset + 1
    // Offsets may have gaps, so an empty read below the end also means that the rest is gone.
    const isEnd = this.#end !== null && (this.#next >= this.#end || records.length === 0)
    return this.#batchOf(records, isEnd)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#log.close()
  }

  async #read(maxRecords: number): Promise<readonly LogRecord[]> {
    const limit = this.#end === null ? maxRecords : Math.min(maxRecords, this.#end - this.#next)
    if (limit <= 0) return []
    const records = await this.#log.read(this.#topic, this.#partition, {
      fromOffset: this.#next,
      maxRecords: limit,
    })
    const end = this.#end
    return end === null ? records : records.filter((record) => record.offset < end)
  }

  #batchOf(stored: readonly LogRecord[], isEnd: boolean): SourceBatch<T> {
    const records: T[] = []
    const offsets: number[] = []
    const timestampsMs: number[] = []
    const rejected: RejectedInput[] = []
    for (const record of stored) {
      const place = { topic: this.#topic, partition: this.#partition, offset: record.offset }
      try {
        records.push(this.#options.decode(record, place))
        offsets.push(record.offset)
        timestampsMs.push(record.timestampMs)
      } catch (error) {
        const reason = messageOf(error)
        rejected.push({
          beforeIndex: records.length,
          place: describeLogPlace(place),
          reason,
          raw: rawText(record),
        })
      }
    }
    const positionAt = (next: number) => ({ next, end: this.#end })
    return {
      records,
      timestampsMs,
      rejected,
      positionAfter: (index) => positionAt((offsets[index] ?? this.#next - 1) + 1),
      endPosition: positionAt(this.#next),
      placeOf: (index) =>
        describeLogPlace({
          topic: this.#topic,
          partition: this.#partition,
          offset: offsets[index] ?? this.#next,
        }),
      isEnd,
    }
  }
}

function rawText({ value }: LogRecord): string {
  return new TextDecoder().decode(value?.subarray(0, rawLengthMax))
}

function placeOfSplit({ id, info }: SourceSplit): Omit<LogPlace, 'offset'> {
  if (typeof info === 'object' && info !== null && 'topic' in info && 'partition' in info) {
    const { topic, partition } = info
    if (typeof topic === 'string' && typeof partition === 'number') return { topic, partition }
  }
  throw new StreamcoreError(
    'STREAMCORE_RESTORE',
    `Expected split '${id}' to name a topic and a partition, got ${JSON.stringify(info)}`,
  )
}

function parsePosition({ id }: SourceSplit, position: JsonValue): ReadRange {
  if (typeof position === 'object' && position !== null && 'next' in position && 'end' in position) {
    const { next, end } = position
    if (typeof next === 'number' && (typeof end === 'number' || end === null)) return { next, end }
  }
  throw new StreamcoreError(
    'STREAMCORE_RESTORE',
    `Expected the position of split '${id}' to be { next, end }, got ${JSON.stringify(position)}; it was written by another source`,
  )
}
