/** Where the embedded log keeps what: an order of keys in which the records of a partition lie side by side by offset. */
import type { LogSinkId } from 'streamcore'

// Offsets are safe integers, which have at most 16 digits.
const offsetDigits = 16

/** The first key above all keys that begin with `prefix/`. */
export function afterPrefix(prefix: string): string {
  return `${prefix}0`
}

/** All topics. */
export const topicsPrefix = 't'

/** Options of a topic. */
export function topicKey(topic: string): string {
  return `${topicsPrefix}/${topic}`
}

/** First and next offset of a partition. */
export function offsetsKey(topic: string, partition: number): string {
  return `o/${topic}/${partition}`
}

/** One record. Topic names hold no slash, so partitions never mix. */
export function recordKey(topic: string, partition: number, offset: number): string {
  return `r/${topic}/${partition}/${String(offset).padStart(offsetDigits, '0')}`
}

/** Epoch and last checkpoint of a sink. */
export function fenceKey(sink: LogSinkId): string {
  return `s/${encodeURIComponent(sink.jobId)}/${encodeURIComponent(sink.sinkUid)}`
}
