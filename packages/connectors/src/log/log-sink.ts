/** Writes records to a topic exactly once: they become visible together with the checkpoint's marker. */
import {
  assert,
  type Committer,
  type LogAppend,
  partitionedLogConnection,
  type SinkContext,
  type SinkWriter,
  type SinkWriterContext,
  StreamcoreError,
  type TwoPhaseCommitSink,
} from 'streamcore'
import { partitionOfKey } from './key-partitioner.js'

/** What is written where. Text becomes UTF-8. */
export interface LogSinkOptions<T> {
  /** Name of a partitioned-log connection. */
  readonly connection: string
  readonly topic: string
  /** Records of one key go to one partition; without a key they are dealt in turn. */
  readonly key?: (value: T) => Uint8Array | string | undefined
  /** Undefined is a tombstone. */
  readonly value: (value: T) => Uint8Array | string | undefined
  /** Chooses the partition instead of the key. */
  readonly partition?: (value: T, partitions: number) => number
}

// Roughly what an append costs beside its bytes.
const overheadBytes = 100

/** An exactly-once sink into one topic, which must exist. */
export function logSink<T>(options: LogSinkOptions<T>): TwoPhaseCommitSink<T, LogAppend> {
  const { connection, topic } = options
  return Object.freeze({
    kind: 'log',
    delivery: 'exactly-once' as const,
    config: { connection, topic },
    async createWriter(context: SinkWriterContext) {
      const log = await partitionedLogConnection.open(context.connections, connection)
      const partitions = await log.partitionCount(topic)
      await log.close()
      if (partitions === undefined) {
        throw new StreamcoreError(
          'STREAMCORE_CONFIG',
          `Expected topic '${topic}' of sink '${context.uid}' to exist, got nothing; create it first`,
        )
      }
      return new LogSinkWriter(options, partitions)
    },
    createCommitter: (context: SinkContext) => openCommitter(connection, context),
  })
}

class LogSinkWriter<T> implements SinkWriter<T, LogAppend> {
  readonly #options: LogSinkOptions<T>
  readonly #partitions: number
  readonly #encoder = new TextEncoder()
  #pending: LogAppend[] = []
  #pendingBytes = 0
  #turn = 0

  constructor(options: LogSinkOptions<T>, partitions: number) {
    this.#options = options
    this.#partitions = partitions
  }

  write(record: T, timestampMs: number): void {
    const key = this.#bytesOf(this.#options.key?.(record))
    const value = this.#bytesOf(this.#options.value(record))
    const partition = this.#partitionOf(record, key)
    this.#pending.push({ topic: this.#options.topic, partition, key, value, timestampMs })
    this.#pendingBytes += overheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
  }

  prepareCommit(): readonly LogAppend[] {
    const pending = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    return pending
  }

  pendingBytes(): number {
    return this.#pendingBytes
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #bytesOf(content: Uint8Array | string | undefined): Uint8Array | undefined {
    return typeof content === 'string' ? this.#encoder.encode(content) : content
  }

  #partitionOf(record: T, key: Uint8Array | undefined): number {
    if (!this.#options.partition) {
      return key ? partitionOfKey(key, this.#partitions) : this.#turn++ % this.#partitions
    }
    const partition = this.#options.partition(record, this.#partitions)
    const isInRange = Number.isInteger(partition) && partition >= 0 && partition < this.#partitions
    assert(
      isInRange,
      `the chosen partition of topic '${this.#options.topic}' is from 0 to ${this.#partitions - 1}`,
    )
    return partition
  }
}

async function openCommitter(connection: string, context: SinkContext): Promise<Committer<LogAppend>> {
  const log = await partitionedLogConnection.open(context.connections, connection)
  const id = { jobId: context.jobId, sinkUid: context.uid }
  return {
    claim: (epoch) => log.claim(id, epoch),
    commit: (marker, records) => log.commit(marker, records),
    close: () => log.close(),
  }
}
