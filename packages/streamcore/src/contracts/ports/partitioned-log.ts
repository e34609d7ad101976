/** A log of topics with partitions: the embedded log, Kafka, and the simulated log. */
import type { CommitMarker } from '../sink.js'

/** One stored record. `offset` counts from 0 within its partition; offsets may have gaps. */
export interface LogRecord {
  readonly offset: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly timestampMs: number
}

/** A record to append. */
export interface LogAppend {
  readonly topic: string
  readonly partition: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly timestampMs: number
}

/** What a topic is made of; `retentionRecords` bounds each partition, `compacted` keeps the last record per key. */
export interface TopicOptions {
  readonly partitions: number
  readonly retentionRecords?: number
}

/** Topics, partitions, offsets, and appends that are atomic over all partitions together with a marker. */
export interface PartitionedLog {
  /** Creates a topic; one that exists with as many partitions is fine, another count fails with `STREAMCORE_CONFIG`. */
  createTopic(topic: string, options: TopicOptions): Promise<void>
  /** Number of partitions, undefined when there is no such topic. */
  partitionCount(topic: string): Promise<number | undefined>
  topics(): Promise<readonly string[]>
  /** Up to `maxRecords` committed records with offset ≥ `fromOffset`, in order. Fails with `STREAMCORE_INPUT` when `fromOffset` fell out of retention. */
  read(topic: string, partition: number, range: LogReadRange): Promise<readonly LogRecord[]>
  /** First offset still stored, and the offset the next record will get. */
  offsets(topic: string, partition: number): Promise<LogOffsets>
  /** Appends all records or none, durably, without a marker (for producers outside of jobs). */
  append(records: readonly LogAppend[]): Promise<void>
  /** Fences every lower epoch of this job's sink and gives its last marker. */
  claim(sink: LogSinkId, epoch: number): Promise<CommitMarker | undefined>
  /** Appends all records and the marker atomically; fails with `STREAMCORE_FENCED` when a higher epoch has claimed. */
  commit(marker: CommitMarker, records: readonly LogAppend[]): Promise<void>
  close(): Promise<void>
}

/** Where a read begins and how much it may give. */
export interface LogReadRange {
  readonly fromOffset: number
  readonly maxRecords: number
}

/** The stored range of a partition: `start` ≤ offset < `end`. */
export interface LogOffsets {
  readonly start: number
  readonly end: number
}

/** Who writes transactionally. */
export interface LogSinkId {
  readonly jobId: string
  readonly sinkUid: string
}
