/** What a topic may be called and made of, the same for every log. */
import { StreamcoreError } from './errors.js'
import type { TopicOptions } from './ports/partitioned-log.js'

const namePattern = /^[A-Za-z0-9._-]{1,249}$/

/** Most partitions a topic may have. */
export const maxPartitions = 10_000

/** @throws StreamcoreError `STREAMCORE_CONFIG` when the name or an option is not allowed */
export function checkTopic(topic: string, options: TopicOptions): void {
  if (!namePattern.test(topic) || topic === '.' || topic === '..') {
    throw refusal('a topic name to have 1 to 249 of the characters A-Z a-z 0-9 . _ -', topic)
  }
  if (!Number.isInteger(options.partitions) || options.partitions < 1 || options.partitions > maxPartitions) {
    throw refusal(
      `\`partitions\` of topic '${topic}' to be an integer from 1 to ${maxPartitions}`,
      options.partitions,
    )
  }
  const { retentionRecords } = options
  if (retentionRecords !== undefined && (!Number.isSafeInteger(retentionRecords) || retentionRecords < 1)) {
    throw refusal(`\`retentionRecords\` of topic '${topic}' to be a positive integer`, retentionRecords)
  }
}

function refusal(expected: string, got: string | number): StreamcoreError {
  const came = typeof got === 'string' ? JSON.stringify(got.slice(0, 300)) : String(got)
  return new StreamcoreError('STREAMCORE_CONFIG', `Expected ${expected}, got ${came}`)
}

/** The error for a topic or partition that is not there; `partitions` is undefined when the topic is missing. */
export function unknownPartition(
  topic: string,
  partition: number,
  partitions: number | undefined,
): StreamcoreError {
  const message =
    partitions === undefined
      ? `Expected topic '${topic}' to exist, got nothing; create it with createTopic() first`
      : `Expected a partition of topic '${topic}' from 0 to ${partitions - 1}, got ${partition}`
  return new StreamcoreError('STREAMCORE_CONFIG', message)
}

/** The error for reading below what is still stored. */
export function outOfRetention(
  place: { topic: string; partition: number },
  from: number,
  start: number,
): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_INPUT',
    `Expected offset ${from} of topic '${place.topic}', partition ${place.partition} to be stored, but the first one is ${start}; ` +
      'raise `retentionRecords`, or start the job anew from the first stored record',
    { details: { place: `topic ${place.topic}, partition ${place.partition}, offset ${from}` } },
  )
}
