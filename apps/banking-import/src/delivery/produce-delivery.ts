/** Puts a delivery into the topics of a log: one topic per entity, one partition per id, mixed as wanted, with a mark at the end. */
import { partitionOfKey } from '@streamcore/connectors/log'
import { assert, type LogAppend, type PartitionedLog, type Random } from 'streamcore'
import type { Model } from '../model/model.js'
import type { DeliveryItem } from './delivery-file.js'
import { type CompleteDelivery, completeDeliveries, markComplete } from './delivery-mark.js'
import { readDelivery, type ReadDeliveryOptions } from './read-delivery.js'
import { shuffle } from './shuffle.js'
import { encodeTopicRecord } from './topic-record.js'

/** How a delivery is produced. */
export interface ProduceDeliveryOptions extends Omit<ReadDeliveryOptions, 'random'> {
  readonly log: PartitionedLog
  /** Mixes everything but the order per id; the same seed gives the same order. */
  readonly random?: Random
  /** Records held back for mixing; 100,000 by default. */
  readonly shuffleWindow?: number
  /** Records per append. */
  readonly batchSize?: number
  /** The import waits until the delivery is complete: records name it, and its end is marked in every partition. */
  readonly isGated?: boolean
  readonly onProgress?: (produced: number) => void
}

/** What came of it. */
export interface ProduceReport extends CompleteDelivery {
  /** The delivery was in the log already; nothing was produced. */
  readonly wasComplete: boolean
}

/** Creates the topics of a model. */
export async function createTopics(log: PartitionedLog, model: Model, partitions: number): Promise<void> {
  for (const { topic } of model.entities) await log.createTopic(topic, { partitions })
}

/**
 * Produces a delivery whose topics exist. A delivery that is complete in the log is left alone; one that broke off is
 * produced again from its beginning, and the import recognises what it has seen by id and version.
 */
export async function produceDelivery(options: ProduceDeliveryOptions): Promise<ProduceReport> {
  const { log, model, delivery, batchSize = 1_000, isGated = false, context } = options
  const earlier = (await completeDeliveries(log, model)).find((each) => each.delivery === delivery)
  if (earlier) return { ...earlier, wasComplete: true }
  const partitions = await partitionCounts(log, model)
  const records: Record<string, number> = Object.fromEntries(model.entities.map(({ name }) => [name, 0]))
  let rejected = 0
  let batch: LogAppend[] = []
  const timestampMs = context.ports.clock.wallMs()
  let produced = 0
  for await (const item of mixed(options)) {
    batch.push(appendOf(item, { partitions, timestampMs, ...(isGated ? { delivery } : {}) }))
    if (item.kind === 'rejected') rejected += 1
    else records[item.entity.name] = (records[item.entity.name] ?? 0) + 1
    if (batch.length < batchSize) continue
    await log.append(batch)
    produced += batch.length
    options.onProgress?.(produced)
    batch = []
  }
  if (batch.length > 0) await log.append(batch)
  options.onProgress?.(produced + batch.length)
  // Behind everything else: who dies before this has delivered nothing.
  if (isGated) await log.append(marksOf(model, { delivery, partitions, timestampMs }))
  const report = { delivery, records, rejected }
  await markComplete(log, model, report)
  return { ...report, wasComplete: false }
}

function mixed(options: ProduceDeliveryOptions): AsyncIterable<DeliveryItem> {
  const { random, shuffleWindow = 100_000, ...reading } = options
  if (random === undefined) return readDelivery(reading)
  const items = readDelivery({ ...reading, random: random.fork('files') })
  const keyOf = (item: DeliveryItem) =>
    `${item.entity.name}:${item.kind === 'record' ? item.id : item.line.place}`
  return shuffle(items, { random: random.fork('records'), windowSize: shuffleWindow, keyOf })
}

async function partitionCounts(log: PartitionedLog, model: Model): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { topic } of model.entities) {
    const count = await log.partitionCount(topic)
    assert(count !== undefined, `the topic '${topic}' was created before anything is produced`)
    counts.set(topic, count)
  }
  return counts
}

const encoder = new TextEncoder()

interface AppendOptions {
  readonly partitions: ReadonlyMap<string, number>
  readonly timestampMs: number
}

// The id decides the partition, so that the versions of a record stay in order.
function appendOf(
  item: DeliveryItem,
  { partitions, timestampMs, delivery }: AppendOptions & { readonly delivery?: number },
): LogAppend {
  const { topic } = item.entity
  const key = encoder.encode(item.kind === 'record' ? item.id : item.line.place)
  const stamp = delivery === undefined ? {} : { delivery }
  const text = encodeTopicRecord(
    item.kind === 'record' ? { ...item.record, ...stamp } : { rejected: item.line },
  )
  return {
    topic,
    partition: partitionOfKey(key, partitions.get(topic) ?? 1),
    key,
    value: encoder.encode(text),
    timestampMs,
  }
}

/** The marks of a delivery: one for every partition of every entity's topic. */
export function marksOf(
  { entities }: Model,
  { partitions, timestampMs, delivery }: AppendOptions & { readonly delivery: number },
): readonly LogAppend[] {
  const lanes = entities.flatMap(({ topic }) =>
    Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
  )
  const value = encoder.encode(encodeTopicRecord({ complete: { delivery, of: lanes.length } }))
  return lanes.map((lane) => ({ ...lane, key: undefined, value, timestampMs }))
}
