/** The mark that a delivery is in the log completely, kept in a topic of its own. */
import type { PartitionedLog } from 'streamcore'
import type { Model } from '../model/model.js'

/** A delivery that is in the log. */
export interface CompleteDelivery {
  readonly delivery: number
  /** Records per entity. */
  readonly records: Readonly<Record<string, number>>
  /** Lines that became dead letters. */
  readonly rejected: number
}

/** The topic of a model's marks. */
export function markTopic(model: Model): string {
  return `${model.name}-deliveries`
}

/** Writes the mark. */
export async function markComplete(
  log: PartitionedLog,
  model: Model,
  delivery: CompleteDelivery,
): Promise<void> {
  const topic = markTopic(model)
  await log.createTopic(topic, { partitions: 1 })
  const encoder = new TextEncoder()
  const key = encoder.encode(String(delivery.delivery))
  await log.append([
    { topic, partition: 0, key, value: encoder.encode(JSON.stringify(delivery)), timestampMs: 0 },
  ])
}

const readRecordsMax = 1_000

/** All deliveries that are in the log completely. */
export async function completeDeliveries(
  log: PartitionedLog,
  model: Model,
): Promise<readonly CompleteDelivery[]> {
  const topic = markTopic(model)
  if ((await log.partitionCount(topic)) === undefined) return []
  const found: CompleteDelivery[] = []
  let fromOffset = (await log.offsets(topic, 0)).start
  for (;;) {
    const records = await log.read(topic, 0, { fromOffset, maxRecords: readRecordsMax })
    const last = records.at(-1)
    if (last === undefined) return found
    for (const { value } of records) {
      const mark: unknown = JSON.parse(new TextDecoder().decode(value))
      if (isMark(mark)) found.push(mark)
    }
    fromOffset = last.offset + 1
  }
}

function isMark(input: unknown): input is CompleteDelivery {
  return (
    typeof input === 'object' &&
    input !== null &&
    'delivery' in input &&
    typeof input.delivery === 'number' &&
    'records' in input &&
    typeof input.records === 'object' &&
    'rejected' in input &&
    typeof input.rejected === 'number'
  )
}
