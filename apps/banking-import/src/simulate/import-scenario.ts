/** The import in the simulated world: a random model and history, faulty services, and what must be true in the end. */
import {
  type PreparedScenario,
  type ScenarioSetup,
  SimulatedPartitionedLog,
  SimulatedRelationalSink,
} from 'streamcore/simulation'
import type { Random } from 'streamcore'
import type { BacklogLimits } from '../backlog/backlog-meter.js'
import { createTopics } from '../delivery/produce-delivery.js'
import { chance } from '../generate/pick.js'
import { importConnections } from '../job.js'
import type { Model } from '../model/model.js'
import { modelGraph, nodeOf } from '../model/model-graph.js'
import { parseRecord } from '../model/parse-record.js'
import type { RecordKey } from '../model/record-key.js'
import { tablesOf } from '../model/table.js'
import { createOutputTopics } from '../output-topics.js'
import { PlainLoad } from '../verify/plain-load.js'
import { type DealtHistory, dealtHistory } from './dealt-history.js'
import { shortReads } from './short-reads.js'
import { randomHistory } from './random-history.js'
import { fateViolations, situationsOf } from './fate-oracle.js'
import { importViolations } from './import-oracle.js'

const readRecordsMax = 6
const reportAfterMsMax = 60

/** A scenario for `simulateJob(simulated(job), { scenario: importScenario, … })`. */
export function importScenario({ random, recordsMax }: ScenarioSetup): PreparedScenario {
  const limits = drawLimits(random.fork('backlog'))
  const isLimited = limits !== undefined
  const history = randomHistory(random, recordsMax, { isPlain: isLimited })
  const { model } = history
  const log = new SimulatedPartitionedLog()
  const target = new SimulatedRelationalSink(tablesOf(model))
  const partitions = 1 + random.below(3)
  const dealt = dealtHistory(history, { random: random.fork('deliveries'), partitions, mayGate: !isLimited })
  const { plain, refused, delivered } = plainLoad(model, dealt)
  const readMax = 1 + random.below(readRecordsMax)
  const reportAfterMs = random.below(reportAfterMsMax)
  const told = () => ({ model, delivered, waiting: plain.load().waiting, log, target })
  const situations = [
    ...(dealt.gate === 'none' ? [] : ['gated deliveries', ...dealt.situations]),
    ...(isLimited ? ['limited backlog'] : []),
  ]
  return {
    params: {
      model,
      boundedness: 'bounded',
      audit: 'all',
      reportAfterMs,
      gate: dealt.gate,
      ...(isLimited ? { backlog: limits } : {}),
    },
    scenario: {
      prepare: async () => {
        await createTopics(log, model, partitions)
        await createOutputTopics(log, model)
        await log.append(dealt.appends)
      },
      connections: (client) => ({
        [importConnections.log]: shortReads(log.connect(client), readMax),
        [importConnections.target]: target.connect(client).connection(),
      }),
      violations: () => [
        ...importViolations({ model, plain: plain.load(), refused, log, target }),
        ...fateViolations(told()),
      ],
      situations: () => [...situationsOf(told()), ...situations],
    },
  }
}

const limitedShare = 0.2
const limitMax = 6
/** Longer than any run: everything comes in the end, so nothing may be given up. */
const patienceMs = 1_000_000_000

function drawLimits(random: Random): Partial<BacklogLimits> | undefined {
  if (!chance(random, limitedShare)) return undefined
  const limit = 1 + random.below(limitMax)
  return chance(random, 0.5) ? { perEdge: limit, patienceMs } : { total: limit, patienceMs }
}

function plainLoad(
  model: Model,
  { records }: DealtHistory,
): {
  readonly plain: PlainLoad
  readonly refused: number
  readonly delivered: ReadonlySet<string>
} {
  const graph = modelGraph(model)
  const plain = new PlainLoad(graph)
  const entityOfTopic = new Map(model.entities.map(({ topic, name }) => [topic, name]))
  const delivered = new Set<string>()
  const newest = new Map<RecordKey, number>()
  let refused = 0
  for (const { topic, record, isComplete } of records) {
    const parsed = parseRecord(nodeOf(graph, entityOfTopic.get(topic) ?? ''), record, '')
    if (parsed.kind === 'refused') refused += 1
    else if (isComplete) {
      // A delivery that is produced again brings older versions after newer ones.
      const last = newest.get(parsed.key) ?? 0
      if (parsed.version < last) refused += 1
      newest.set(parsed.key, Math.max(last, parsed.version))
      plain.add(parsed)
      delivered.add(`${parsed.key}@${parsed.version}`)
    }
  }
  return { plain, refused, delivered }
}
