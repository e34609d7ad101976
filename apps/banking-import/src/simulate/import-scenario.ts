/** The import in the simulated world: a random model and history, faulty services, and what must be true in the end. */
import { partitionOfKey } from '@streamcore/connectors/log'
import type { LogAppend } from 'streamcore'
import {
  type PreparedScenario,
  type ScenarioSetup,
  SimulatedPartitionedLog,
  SimulatedRelationalSink,
} from 'streamcore/simulation'
import { createTopics } from '../delivery/produce-delivery.js'
import { encodeTopicRecord } from '../delivery/topic-record.js'
import { importConnections } from '../job.js'
import { modelGraph, nodeOf } from '../model/model-graph.js'
import { parseRecord } from '../model/parse-record.js'
import { tablesOf } from '../model/table.js'
import { createOutputTopics } from '../output-topics.js'
import { PlainLoad } from '../verify/plain-load.js'
import { shortReads } from './short-reads.js'
import { type HistoryRecord, randomHistory, type RandomHistory } from './random-history.js'
import { fateViolations, situationsOf } from './fate-oracle.js'
import { importViolations } from './import-oracle.js'

const readRecordsMax = 6
const reportAfterMsMax = 60

/** A scenario for `simulateJob(simulated(job), { scenario: importScenario, … })`. */
export function importScenario({ random, recordsMax }: ScenarioSetup): PreparedScenario {
  const history = randomHistory(random, recordsMax)
  const { model, records } = history
  const log = new SimulatedPartitionedLog()
  const target = new SimulatedRelationalSink(tablesOf(model))
  const partitions = 1 + random.below(3)
  const { plain, refused, delivered } = plainLoad(history)
  const readMax = 1 + random.below(readRecordsMax)
  const reportAfterMs = random.below(reportAfterMsMax)
  const told = () => ({ model, delivered, waiting: plain.load().waiting, log, target })
  return {
    params: { model, boundedness: 'bounded', audit: 'all', reportAfterMs },
    scenario: {
      prepare: async () => {
        await createTopics(log, model, partitions)
        await createOutputTopics(log, model)
        await log.append(records.map((record) => appendOf(record, partitions)))
      },
      connections: (client) => ({
        [importConnections.log]: shortReads(log.connect(client), readMax),
        [importConnections.target]: target.connect(client).connection(),
      }),
      violations: () => [
        ...importViolations({ model, plain: plain.load(), refused, log, target }),
        ...fateViolations(told()),
      ],
      situations: () => situationsOf(told()),
    },
  }
}

function plainLoad({ model, records }: RandomHistory): {
  readonly plain: PlainLoad
  readonly refused: number
  readonly delivered: ReadonlySet<string>
} {
  const graph = modelGraph(model)
  const plain = new PlainLoad(graph)
  const entityOfTopic = new Map(model.entities.map(({ topic, name }) => [topic, name]))
  const delivered = new Set<string>()
  let refused = 0
  for (const { topic, record } of records) {
    const parsed = parseRecord(nodeOf(graph, entityOfTopic.get(topic) ?? ''), record, '')
    if (parsed.kind === 'refused') refused += 1
    else {
      plain.add(parsed)
      delivered.add(`${parsed.key}@${parsed.version}`)
    }
  }
  return { plain, refused, delivered }
}

const encoder = new TextEncoder()

function appendOf({ topic, key, record }: HistoryRecord, partitions: number): LogAppend {
  const bytes = encoder.encode(key)
  const value = encoder.encode(encodeTopicRecord(record))
  return { topic, partition: partitionOfKey(bytes, partitions), key: bytes, value, timestampMs: 0 }
}
