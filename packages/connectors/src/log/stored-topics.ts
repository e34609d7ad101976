/** What the embedded log remembers beside records: topics, offsets and fences, as JSON. */
import {
  type CommitFence,
  type KeyValueStore,
  type LogOffsets,
  messageOf,
  StreamcoreError,
  type TopicOptions,
} from 'streamcore'
import { afterPrefix, offsetsKey, topicKey, topicsPrefix } from './log-keys.js'

/** A topic as it is held in memory. */
export interface StoredTopic {
  readonly options: TopicOptions
  readonly partitions: LogOffsets[]
}

const pageSize = 1_000

/** All topics of a store. */
export async function loadTopics(store: KeyValueStore): Promise<Map<string, StoredTopic>> {
  const topics = new Map<string, StoredTopic>()
  const lt = afterPrefix(topicsPrefix)
  for (let gte = topicKey(''); ; ) {
    const page = await store.entries({ gte, lt, limit: pageSize })
    for (const { key, value } of page) {
      const topic = key.slice(topicKey('').length)
      const options = decodeJson(value, isTopicOptions, `the options of topic '${topic}'`)
      topics.set(topic, { options, partitions: await loadOffsets(store, topic, options.partitions) })
    }
    const last = page.at(-1)
    if (!last || page.length < pageSize) return topics
    gte = `${last.key}\0`
  }
}

async function loadOffsets(store: KeyValueStore, topic: string, count: number): Promise<LogOffsets[]> {
  const keys = Array.from({ length: count }, (_, partition) => offsetsKey(topic, partition))
  const stored = await store.getMany(keys)
  return stored.map((bytes, partition) => {
    if (!bytes) return { start: 0, end: 0 }
    return decodeJson(bytes, isOffsets, `the offsets of topic '${topic}', partition ${partition}`)
  })
}

/** JSON as bytes. */
export function encodeJson(value: TopicOptions | LogOffsets | CommitFence): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

/** @throws StreamcoreError `STREAMCORE_INPUT` naming what is damaged */
export function decodeJson<T>(bytes: Uint8Array, isValid: (value: unknown) => value is T, what: string): T {
  let reason = 'something else'
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isValid(value)) return value
  } catch (error) {
    reason = messageOf(error)
  }
  throw new StreamcoreError(
    'STREAMCORE_INPUT',
    `Expected ${what} in the log, got ${reason}: the log is damaged; restore its directory from a copy`,
  )
}

/** Whether a stored value is a fence. */
export function isFence(value: unknown): value is CommitFence {
  if (!hasIntegers(value, ['epoch'])) return false
  if (!('committed' in value)) return true
  return hasIntegers(value.committed, ['checkpointId', 'madeBy'])
}

function isOffsets(value: unknown): value is LogOffsets {
  return hasIntegers(value, ['start', 'end']) && value.start <= value.end
}

function isTopicOptions(value: unknown): value is TopicOptions {
  if (!hasIntegers(value, ['partitions'])) return false
  return !('retentionRecords' in value) || hasIntegers(value, ['retentionRecords'])
}

function hasIntegers<N extends string>(value: unknown, names: readonly N[]): value is Record<N, number> {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  return names.every((name) => Number.isSafeInteger(fields.get(name)))
}
