/** A partitioned log in memory that passes the contract suite of the real ones and can be reached over a faulty wire. */
import { type CommitFence, claimedFence, committedFence, markerOf } from '../contracts/commit-fence.js'
import { partitionedLogConnection } from '../contracts/connection-kinds.js'
import type { Connection } from '../contracts/connection.js'
import type {
  LogAppend,
  LogOffsets,
  LogReadRange,
  LogRecord,
  LogSinkId,
  PartitionedLog,
  TopicOptions,
} from '../contracts/ports/partitioned-log.js'
import type { CommitMarker } from '../contracts/sink.js'
import { checkTopic, outOfRetention, unknownPartition } from '../contracts/topic-name.js'
import { StreamcoreError } from '../contracts/errors.js'
import { type SimulatedClientOptions, simulatedCall } from './simulated-link.js'

interface Partition {
  start: number
  records: LogRecord[]
}

interface Topic {
  readonly options: TopicOptions
  readonly partitions: readonly Partition[]
}

/** A commit that took effect, for oracles. */
export interface SimulatedLogCommit {
  readonly marker: CommitMarker
  readonly records: readonly LogAppend[]
}

/** What the broker holds; it outlives every client. */
interface Broker {
  readonly topics: Map<string, Topic>
  readonly fences: Map<string, CommitFence>
  readonly commits: SimulatedLogCommit[]
}

/** The simulated log. All clients made by {@link SimulatedPartitionedLog.connect} share one broker. */
export class SimulatedPartitionedLog implements PartitionedLog {
  readonly #broker: Broker
  readonly #client: SimulatedClientOptions

  constructor(client: SimulatedClientOptions = {}, broker?: Broker) {
    this.#client = client
    this.#broker = broker ?? { topics: new Map(), fences: new Map(), commits: [] }
  }

  /** A client of the same broker, such as one for each incarnation of a job. */
  connect(client: SimulatedClientOptions): SimulatedPartitionedLog {
    return new SimulatedPartitionedLog(client, this.#broker)
  }

  /** This client as a connection of a job. */
  connection(address = 'simulated log'): Connection {
    return partitionedLogConnection.connection(address, () => Promise.resolve(this))
  }

  /** All commits that took effect, in their order. */
  commits(): readonly SimulatedLogCommit[] {
    return this.#broker.commits
  }

  createTopic(topic: string, options: TopicOptions): Promise<void> {
    return this.#call(true, () => {
      checkTopic(topic, options)
      const existing = this.#broker.topics.get(topic)
      if (!existing) {
        const partitions = Array.from({ length: options.partitions }, () => ({ start: 0, records: [] }))
        this.#broker.topics.set(topic, { options, partitions })
      } else if (existing.partitions.length !== options.partitions) {
        throw new StreamcoreError(
          'STREAMCORE_CONFIG',
          `Expected topic '${topic}' to have ${options.partitions} partitions, got ${existing.partitions.length}`,
        )
      }
    })
  }

  partitionCount(topic: string): Promise<number | undefined> {
    return this.#call(true, () => this.#broker.topics.get(topic)?.partitions.length)
  }

  topics(): Promise<readonly string[]> {
    return this.#call(true, () => [...this.#broker.topics.keys()].sort())
  }

  read(topic: string, partition: number, range: LogReadRange): Promise<readonly LogRecord[]> {
    return this.#call(true, () => {
      const { start, records } = this.#partition(topic, partition)
      if (range.fromOffset < start) throw outOfRetention({ topic, partition }, range.fromOffset, start)
      const first = range.fromOffset - start
      return records.slice(first, first + range.maxRecords)
    })
  }

  offsets(topic: string, partition: number): Promise<LogOffsets> {
    return this.#call(true, () => {
      const { start, records } = this.#partition(topic, partition)
      return { start, end: start + records.length }
    })
  }

  append(records: readonly LogAppend[]): Promise<void> {
    const copies = records.map(copyOf)
    return this.#call(false, () => this.#store(copies))
  }

  claim(sink: LogSinkId, epoch: number): Promise<CommitMarker | undefined> {
    return this.#call(true, () => {
      const key = fenceKey(sink)
      const fence = this.#broker.fences.get(key)
      this.#broker.fences.set(key, claimedFence(fence, sink, epoch))
      return markerOf(fence, sink)
    })
  }

  commit(marker: CommitMarker, records: readonly LogAppend[]): Promise<void> {
    const copies = records.map(copyOf)
    return this.#call(true, () => {
      const key = fenceKey(marker)
      const fence = committedFence(this.#broker.fences.get(key), marker)
      if (!fence) return
      this.#store(copies)
      this.#broker.fences.set(key, fence)
      this.#broker.commits.push({ marker, records: copies })
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #call<T>(isRepeatable: boolean, apply: () => T): Promise<T> {
    return await simulatedCall(this.#client, { isRepeatable, apply })
  }

  #partition(topic: string, index: number): Partition {
    const known = this.#broker.topics.get(topic)
    const partition = known?.partitions[index]
    if (!partition) throw unknownPartition(topic, index, known?.partitions.length)
    return partition
  }

  #store(records: readonly LogAppend[]): void {
    // All partitions are looked up before the first record is stored: all or none.
    const targets = records.map((record) => this.#partition(record.topic, record.partition))
    for (const [index, { key, value, timestampMs }] of records.entries()) {
      const target = targets[index]
      target?.records.push({ offset: target.start + target.records.length, key, value, timestampMs })
    }
    for (const topic of new Set(records.map((record) => record.topic))) this.#trim(topic)
  }

  #trim(topic: string): void {
    const known = this.#broker.topics.get(topic)
    const keep = known?.options.retentionRecords
    if (keep === undefined) return
    for (const partition of known?.partitions ?? []) {
      const surplus = partition.records.length - keep
      if (surplus <= 0) continue
      partition.records.splice(0, surplus)
      partition.start += surplus
    }
  }
}

function fenceKey(sink: LogSinkId): string {
  return JSON.stringify([sink.jobId, sink.sinkUid])
}

function copyOf(record: LogAppend): LogAppend {
  return { ...record, key: record.key?.slice(), value: record.value?.slice() }
}
