/** Fills topics from outside of jobs, in bounded batches. */
import type { LogAppend, PartitionedLog } from 'streamcore'
import { partitionOfKey } from './key-partitioner.js'

/** A record to produce; without a partition its key decides, without a key the partitions take turns. */
export interface ProducedRecord {
  readonly key?: Uint8Array | string
  readonly value: Uint8Array | string | undefined
  readonly partition?: number
  readonly timestampMs?: number
}

/** Where records go. */
export interface ProduceOptions {
  readonly topic: string
  /** Records per append, each of which is atomic and durable; 1,000 by default. */
  readonly batchSize?: number
}

/** Appends all records to a topic that exists and gives their number. */
export async function produce(
  log: PartitionedLog,
  options: ProduceOptions,
  records: Iterable<ProducedRecord> | AsyncIterable<ProducedRecord>,
): Promise<number> {
  const { topic, batchSize = 1_000 } = options
  const partitions = (await log.partitionCount(topic)) ?? 1
  const encoder = new TextEncoder()
  const bytesOf = (content: Uint8Array | string) =>
    typeof content === 'string' ? encoder.encode(content) : content
  let batch: LogAppend[] = []
  let count = 0
  for await (const record of records) {
    const key = record.key === undefined ? undefined : bytesOf(record.key)
    const value = record.value === undefined ? undefined : bytesOf(record.value)
    const partition = record.partition ?? (key ? partitionOfKey(key, partitions) : count % partitions)
    batch.push({ topic, partition, key, value, timestampMs: record.timestampMs ?? 0 })
    count++
    if (batch.length < batchSize) continue
    await log.append(batch)
    batch = []
  }
  if (batch.length > 0) await log.append(batch)
  return count
}
