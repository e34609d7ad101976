/** A partitioned log that gives a few records a read, so that faults find a small input half read. */
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

/** The log as a connection of a job; no read gives more than `recordsMax` records. */
export function shortReads(log: PartitionedLog, recordsMax: number): Connection {
  return partitionedLogConnection.connection('simulated log, short reads', () =>
    Promise.resolve(new ShortReads(log, recordsMax)),
  )
}

class ShortReads implements PartitionedLog {
  readonly #log: PartitionedLog
  readonly #recordsMax: number

  constructor(log: PartitionedLog, recordsMax: number) {
    this.#log = log
    this.#recordsMax = recordsMax
  }

  read(topic: string, partition: number, range: LogReadRange): Promise<readonly LogRecord[]> {
    const maxRecords = Math.min(range.maxRecords, this.#recordsMax)
    return this.#log.read(topic, partition, { ...range, maxRecords })
  }

  createTopic(topic: string, options: TopicOptions): Promise<void> {
    return this.#log.createTopic(topic, options)
  }

  partitionCount(topic: string): Promise<number | undefined> {
    return this.#log.partitionCount(topic)
  }

  topics(): Promise<readonly string[]> {
    return this.#log.topics()
  }

  offsets(topic: string, partition: number): Promise<LogOffsets> {
    return this.#log.offsets(topic, partition)
  }

  append(records: readonly LogAppend[]): Promise<void> {
    return this.#log.append(records)
  }

  claim(sink: LogSinkId, epoch: number): Promise<CommitMarker | undefined> {
    return this.#log.claim(sink, epoch)
  }

  commit(marker: CommitMarker, records: readonly LogAppend[]): Promise<void> {
    return this.#log.commit(marker, records)
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}
