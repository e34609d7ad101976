/** Deliveries that are not complete: how many of their records wait, and in how many partitions their end has been read. */
import type { PartitionedLog } from 'streamcore'
import type { Model } from '../model/model.js'
import type { HeldEvent } from '../operators/held-event.js'
import { outputTopics } from '../output-topics.js'
import { readTopic } from './read-topic.js'

/** A delivery that waits for its marks. */
export interface IncompleteDelivery {
  readonly delivery: number
  readonly records: number
  /** Marks read. */
  readonly read: number
  /** Marks expected; 0 before the first has been read. */
  readonly of: number
}

/** Folds the topic of held deliveries; the latest event of a partition and of a delivery counts. */
export async function readIncompleteDeliveries(
  log: PartitionedLog,
  model: Model,
): Promise<readonly IncompleteDelivery[]> {
  const lanes = new Map<string, Extract<HeldEvent, { readonly kind: 'held' }>>()
  const marks = new Map<number, Extract<HeldEvent, { readonly kind: 'marks' }>>()
  for await (const event of readTopic(log, outputTopics(model).held)) {
    if (!isHeldEvent(event)) continue
    if (event.kind === 'held') lanes.set(event.lane, event)
    else if (event.read > (marks.get(event.delivery)?.read ?? 0)) marks.set(event.delivery, event)
  }
  const records = new Map<number, number>()
  for (const { deliveries } of lanes.values()) {
    for (const each of deliveries)
      records.set(each.delivery, (records.get(each.delivery) ?? 0) + each.records)
  }
  return [...new Set([...records.keys(), ...marks.keys()])]
    .map((delivery) => {
      const { read = 0, of = 0 } = marks.get(delivery) ?? {}
      return { delivery, records: records.get(delivery) ?? 0, read, of }
    })
    .filter(({ read, of }) => read < of || of === 0)
    .sort((a, b) => a.delivery - b.delivery)
}

function isHeldEvent(value: unknown): value is HeldEvent {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const kind = value.kind
  if (kind === 'held') return 'deliveries' in value && Array.isArray(value.deliveries) && 'lane' in value
  return kind === 'marks' && 'read' in value && typeof value.read === 'number' && 'delivery' in value
}
