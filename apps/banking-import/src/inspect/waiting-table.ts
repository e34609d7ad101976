/** The waiting table: what waits for what, since when, as the waiting topic tells it. */
import type { PartitionedLog } from 'streamcore'
import type { Model } from '../model/model.js'
import type { RecordKey } from '../model/record-key.js'
import type { WaitingEvent } from '../operators/waiting-event.js'
import { outputTopics } from '../output-topics.js'
import { hasTexts, readTopic } from './read-topic.js'

/** Waiting versions by their record, oldest version first. */
export type WaitingTable = ReadonlyMap<RecordKey, readonly WaitingEvent[]>

/** Folds the waiting topic: the last event of a version counts. */
export async function readWaitingTable(log: PartitionedLog, model: Model): Promise<WaitingTable> {
  const versions = new Map<RecordKey, Map<number, WaitingEvent>>()
  for await (const value of readTopic(log, outputTopics(model).waiting)) {
    if (!isWaitingEvent(value)) continue
    const key = keyOf(value)
    const known = versions.get(key) ?? new Map<number, WaitingEvent>()
    if (value.kind === 'ended') known.delete(value.version)
    else known.set(value.version, value)
    if (known.size === 0) versions.delete(key)
    else versions.set(key, known)
  }
  return new Map(
    [...versions].map(([key, known]) => [key, [...known.values()].sort((a, b) => a.version - b.version)]),
  )
}

/** The record of an event. */
export function keyOf({ entity, id }: Pick<WaitingEvent, 'entity' | 'id'>): RecordKey {
  return `${entity}:${id}`
}

function isWaitingEvent(value: unknown): value is WaitingEvent {
  return (
    hasTexts(value, ['kind', 'entity', 'id', 'place']) &&
    typeof value['version'] === 'number' &&
    typeof value['sinceMs'] === 'number' &&
    Array.isArray(value['missing'])
  )
}
