/** A partitioned log in an ordered key-value store: every append, with its offsets and marker, is one synced batch. */
import {
  assert,
  type CommitFence,
  type CommitMarker,
  checkTopic,
  claimedFence,
  committedFence,
  type KeyValueOperation,
  type KeyValueStore,
  type LogAppend,
  type LogOffsets,
  type LogReadRange,
  type LogRecord,
  type LogSinkId,
  markerOf,
  messageOf,
  outOfRetention,
  type PartitionedLog,
  RetryableError,
  StreamcoreError,
  type TopicOptions,
  unknownPartition,
} from 'streamcore'
import { fenceKey, offsetsKey, recordKey, topicKey } from './log-keys.js'
import { describeLogPlace } from './log-place.js'
import { decodeRecord, encodeRecord } from './log-record-codec.js'
import { decodeJson, encodeJson, isFence, loadTopics, type StoredTopic } from './stored-topics.js'

/** The embedded log. One instance owns its store; several jobs may share the instance. */
export class KeyValuePartitionedLog implements PartitionedLog {
  readonly #store: KeyValueStore
  readonly #topics: Map<string, StoredTopic>
  /** The last write in line; writes run one after the other, so that each sees the offsets of the one before. */
  #lastWrite: Promise<unknown> = Promise.resolve()
  #failure: unknown

  private constructor(store: KeyValueStore, topics: Map<string, StoredTopic>) {
    this.#store = store
    this.#topics = topics
  }

  /** Takes over a store, which the log closes in the end. */
  static async open(store: KeyValueStore): Promise<KeyValuePartitionedLog> {
    return new KeyValuePartitionedLog(store, await loadTopics(store))
  }

  /** A write failed; what is stored is unknown until the store has been opened again. */
  get isBroken(): boolean {
    return this.#failure !== undefined
  }

  createTopic(topic: string, options: TopicOptions): Promise<void> {
    return this.#inTurn(async () => {
      checkTopic(topic, options)
      const existing = this.#topics.get(topic)
      if (existing) return checkPartitions(topic, existing, options)
      const partitions = Array.from({ length: options.partitions }, () => ({ start: 0, end: 0 }))
      await this.#write([{ kind: 'put', key: topicKey(topic), value: encodeJson(options) }])
      this.#topics.set(topic, { options, partitions })
    })
  }

  partitionCount(topic: string): Promise<number | undefined> {
    return Promise.resolve(this.#topics.get(topic)?.partitions.length)
  }

  topics(): Promise<readonly string[]> {
    return Promise.resolve([...this.#topics.keys()].sort())
  }

  async read(topic: string, partition: number, range: LogReadRange): Promise<readonly LogRecord[]> {
    const { start, end } = this.#offsets(topic, partition)
    const { fromOffset, maxRecords } = range
    if (fromOffset < start) throw outOfRetention({ topic, partition }, fromOffset, start)
    const limit = Math.min(maxRecords, end - fromOffset)
    if (limit <= 0) return []
    const entries = await this.#store.entries({
      gte: recordKey(topic, partition, fromOffset),
      lt: recordKey(topic, partition, end),
      limit,
    })
    const startNow = this.#offsets(topic, partition).start
    if (fromOffset < startNow) throw outOfRetention({ topic, partition }, fromOffset, startNow)
    return Array.from({ length: limit }, (_, index) => {
      const offset = fromOffset + index
      const entry = entries[index]
      const place = { topic, partition, offset }
      if (entry?.key !== recordKey(topic, partition, offset)) throw missingRecord(describeLogPlace(place))
      return decodeRecord(entry.value, offset, () => describeLogPlace(place))
    })
  }

  offsets(topic: string, partition: number): Promise<LogOffsets> {
    return new Promise((resolve) => resolve(this.#offsets(topic, partition)))
  }

  append(records: readonly LogAppend[]): Promise<void> {
    return this.#inTurn(() => this.#append(records, []))
  }

  claim(sink: LogSinkId, epoch: number): Promise<CommitMarker | undefined> {
    return this.#inTurn(async () => {
      const fence = await this.#fence(sink)
      await this.#write([putFence(sink, claimedFence(fence, sink, epoch))])
      return markerOf(fence, sink)
    })
  }

  commit(marker: CommitMarker, records: readonly LogAppend[]): Promise<void> {
    return this.#inTurn(async () => {
      const fence = committedFence(await this.#fence(marker), marker)
      if (fence) await this.#append(records, [putFence(marker, fence)])
    })
  }

  async close(): Promise<void> {
    await this.#lastWrite
    await this.#store.close()
  }

  #offsets(topic: string, index: number): LogOffsets {
    const known = this.#topics.get(topic)
    const partition = known?.partitions[index]
    if (!partition) throw unknownPartition(topic, index, known?.partitions.length)
    return partition
  }

  async #append(records: readonly LogAppend[], others: readonly KeyValueOperation[]): Promise<void> {
    const operations: KeyValueOperation[] = [...others]
    const touched = new Map<string, TouchedPartition>()
    for (const record of records) {
      const id = offsetsKey(record.topic, record.partition)
      let partition = touched.get(id)
      if (!partition) {
        const before = this.#offsets(record.topic, record.partition)
        partition = { topic: record.topic, partition: record.partition, before, end: before.end }
        touched.set(id, partition)
      }
      const key = recordKey(record.topic, record.partition, partition.end++)
      operations.push({ kind: 'put', key, value: encodeRecord(record) })
    }
    const offsets = [...touched].map(([id, partition]) => {
      const after = { start: this.#startAfter(partition), end: partition.end }
      operations.push({ kind: 'put', key: id, value: encodeJson(after) })
      for (let offset = partition.before.start; offset < after.start; offset++) {
        // Later operations of a batch win, so this also drops records that never lived.
        operations.push({ kind: 'delete', key: recordKey(partition.topic, partition.partition, offset) })
      }
      return { ...partition, after }
    })
    if (operations.length > 0) await this.#write(operations)
    for (const { topic, partition, after } of offsets) this.#setOffsets(topic, partition, after)
  }

  #startAfter({ topic, before, end }: TouchedPartition): number {
    const keep = this.#topics.get(topic)?.options.retentionRecords
    return keep === undefined ? before.start : Math.max(before.start, end - keep)
  }

  #setOffsets(topic: string, partition: number, offsets: LogOffsets): void {
    const known = this.#topics.get(topic)
    assert(known !== undefined, 'a partition that was written belongs to a topic')
    known.partitions[partition] = offsets
  }

  async #fence(sink: LogSinkId): Promise<CommitFence | undefined> {
    const stored = await this.#store.get(fenceKey(sink))
    return stored && decodeJson(stored, isFence, `the fence of sink '${sink.sinkUid}'`)
  }

  async #write(operations: readonly KeyValueOperation[]): Promise<void> {
    try {
      await this.#store.batch(operations, { sync: true })
    } catch (error) {
      this.#failure = error
      throw this.#broken(error)
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(() => {
      if (this.#failure !== undefined) throw this.#broken(this.#failure)
      return work()
    })
    // The next in line runs whatever becomes of this one; its caller hears of the failure.
    this.#lastWrite = turn.catch(() => undefined)
    return turn
  }

  #broken(cause: unknown): RetryableError {
    return new RetryableError(
      'STREAMCORE_IO',
      `Expected the embedded log to be written, got: ${messageOf(cause)}; free the disk or repair it, then start the job again`,
      { cause },
    )
  }
}

interface TouchedPartition {
  readonly topic: string
  readonly partition: number
  readonly before: LogOffsets
  end: number
}

function putFence(sink: LogSinkId, fence: CommitFence): KeyValueOperation {
  return { kind: 'put', key: fenceKey(sink), value: encodeJson(fence) }
}

function checkPartitions(topic: string, existing: StoredTopic, wanted: TopicOptions): void {
  const count = existing.partitions.length
  if (count === wanted.partitions) return
  throw new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected topic '${topic}' to have ${wanted.partitions} partitions, got ${count}; use ${count}, or another topic`,
  )
}

function missingRecord(place: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_INPUT',
    `Expected a record at ${place}, got none: the log is damaged; restore its directory from a copy`,
    { details: { place } },
  )
}
