/** A real delivery in the simulated world: every seed mixes it anew, under other faults. */
import { partitionOfKey } from '@streamcore/connectors/log'
import type { LogAppend, Random } from 'streamcore'
import {
  type PreparedScenario,
  type ScenarioSetup,
  SimulatedPartitionedLog,
  SimulatedRelationalSink,
} from 'streamcore/simulation'
import type { DeliveryItem } from '../delivery/delivery-file.js'
import { createTopics } from '../delivery/produce-delivery.js'
import { encodeTopicRecord } from '../delivery/topic-record.js'
import { importConnections } from '../job.js'
import type { Model } from '../model/model.js'
import { tablesOf } from '../model/table.js'
import { createOutputTopics } from '../output-topics.js'
import type { PlainLoadResult } from '../verify/plain-load.js'
import { importViolations } from './import-oracle.js'

/** A delivery that was read into memory, with what its plain load gives. Ids occur once. */
export interface ReadDelivery {
  readonly model: Model
  readonly items: readonly DeliveryItem[]
  readonly plain: PlainLoadResult
}

/** The scenario factory of a delivery. */
export function deliveryScenario(delivery: ReadDelivery): (setup: ScenarioSetup) => PreparedScenario {
  const { model, items, plain } = delivery
  return ({ random }) => {
    const log = new SimulatedPartitionedLog()
    const target = new SimulatedRelationalSink(tablesOf(model))
    const partitions = 1 + random.below(4)
    return {
      params: { model, boundedness: 'bounded' },
      scenario: {
        prepare: async () => {
          await createTopics(log, model, partitions)
          await createOutputTopics(log, model)
          await log.append(mixed(random, items).map((item) => appendOf(item, partitions)))
        },
        connections: (client) => ({
          [importConnections.log]: log.connect(client).connection(),
          [importConnections.target]: target.connect(client).connection(),
        }),
        violations: () => importViolations({ model, plain, refused: plain.refused, log, target }),
      },
    }
  }
}

function mixed<T>(random: Random, items: readonly T[]): readonly T[] {
  const mixing = [...items]
  for (let index = mixing.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1)
    const [a, b] = [mixing[index], mixing[other]]
    if (a !== undefined && b !== undefined) {
      mixing[index] = b
      mixing[other] = a
    }
  }
  return mixing
}

const encoder = new TextEncoder()

function appendOf(item: DeliveryItem, partitions: number): LogAppend {
  const { topic } = item.entity
  const key = encoder.encode(item.kind === 'record' ? item.id : item.line.place)
  const value = encoder.encode(
    encodeTopicRecord(item.kind === 'record' ? item.record : { rejected: item.line }),
  )
  return { topic, partition: partitionOfKey(key, partitions), key, value, timestampMs: 0 }
}
