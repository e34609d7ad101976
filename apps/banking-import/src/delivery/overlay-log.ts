/** A log that reads on from another one without writing to it: what is appended stands behind what was there. */
import {
  type CommitMarker,
  type Connection,
  type LogAppend,
  type LogOffsets,
  type LogReadRange,
  type LogRecord,
  type LogSinkId,
  type PartitionedLog,
  partitionedLogConnection,
  type TopicOptions,
} from 'streamcore'

/** Both logs. The base may be written to in the meantime: nothing of that is seen. */
export class OverlayLog implements PartitionedLog {
  readonly #base: PartitionedLog
  readonly #over: PartitionedLog
  readonly #ranges: ReadonlyMap<string, readonly LogOffsets[]>

  private constructor(
    base: PartitionedLog,
    over: PartitionedLog,
    ranges: ReadonlyMap<string, readonly LogOffsets[]>,
  ) {
    this.#base = base
    this.#over = over
    this.#ranges = ranges
  }

  /** Sees these topics of the base as they are now, and none of its others. */
  static async on(
    base: PartitionedLog,
    { over, topics }: { readonly over: PartitionedLog; readonly topics: readonly string[] },
  ): Promise<OverlayLog> {
    const ranges = new Map<string, readonly LogOffsets[]>()
    for (const topic of topics) {
      const partitions = await base.partitionCount(topic)
      if (partitions === undefined) continue
      const offsets: LogOffsets[] = []
      for (let partition = 0; partition < partitions; partition += 1)
        offsets.push(await base.offsets(topic, partition))
      ranges.set(topic, offsets)
      await over.createTopic(topic, { partitions })
    }
    return new OverlayLog(base, over, ranges)
  }

  /** The log as a connection; closing what was opened leaves it open. */
  connection(): Connection {
    return partitionedLogConnection.connection('a log and what is put on top of it', () =>
      Promise.resolve(this),
    )
  }

  async createTopic(topic: string, options: TopicOptions): Promise<void> {
    await this.#over.createTopic(topic, options)
  }

  partitionCount(topic: string): Promise<number | undefined> {
    return this.#over.partitionCount(topic)
  }

  topics(): Promise<readonly string[]> {
    return this.#over.topics()
  }

  async read(topic: string, partition: number, range: LogReadRange): Promise<readonly LogRecord[]> {
    const { fromOffset, maxRecords } = range
    const end = this.#rangeOf(topic, partition).end
    if (fromOffset < end) {
      const limit = Math.min(maxRecords, end - fromOffset)
      const found = await this.#base.read(topic, partition, { fromOffset, maxRecords: limit })
      const seen = found.filter(({ offset }) => offset < end)
      if (seen.length > 0) return seen
    }
    const from = Math.max(0, fromOffset - end)
    const records = await this.#over.read(topic, partition, { fromOffset: from, maxRecords })
    return records.map((record) => ({ ...record, offset: record.offset + end }))
  }

  async offsets(topic: string, partition: number): Promise<LogOffsets> {
    const { start, end } = this.#rangeOf(topic, partition)
    const over = await this.#over.offsets(topic, partition)
    return { start, end: end + over.end }
  }

  append(records: readonly LogAppend[]): Promise<void> {
    return this.#over.append(records)
  }

  claim(sink: LogSinkId, epoch: number): Promise<CommitMarker | undefined> {
    return this.#over.claim(sink, epoch)
  }

  commit(marker: CommitMarker, records: readonly LogAppend[]): Promise<void> {
    return this.#over.commit(marker, records)
  }

  /** Both logs belong to whoever opened them. */
  close(): Promise<void> {
    return Promise.resolve()
  }

  #rangeOf(topic: string, partition: number): LogOffsets {
    return this.#ranges.get(topic)?.[partition] ?? { start: 0, end: 0 }
  }
}
