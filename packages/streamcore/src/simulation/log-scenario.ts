/** The scenario most jobs need: topics of a simulated log in, topics out, and a reference that says what must come out. */
import type { Connections } from '../contracts/connection.js'
import type { Random } from '../contracts/ports/random.js'
import type { JsonValue } from '../contracts/source.js'
import { multisetViolations } from './multiset-violations.js'
import { jsonBytes } from './probe-streams.js'
import type { PreparedScenario, ScenarioSetup } from './simulate-job.js'
import type { SimulatedClientOptions } from './simulated-link.js'
import { SimulatedPartitionedLog } from './simulated-partitioned-log.js'

/** Records by topic. */
export type TopicRecords = Readonly<Record<string, readonly JsonValue[]>>

/** Options of {@link logScenario}. */
export interface LogScenarioOptions {
  /** Name of the log's connection in the job; `log` unless told. */
  readonly connection?: string
  /** Draws the input of one seed: at most `recordsMax` records in all. */
  readonly input: (random: Random, recordsMax: number) => TopicRecords
  /** Partition of a record; equal keys must give equal partitions. Unless told, a topic has one partition. */
  readonly partitionOf?: (record: JsonValue, topic: string, partitions: number) => number
  readonly partitions?: number
  /** What must be in the output topics in the end, in any order. */
  readonly reference: (input: TopicRecords) => TopicRecords
  readonly params?: unknown
  /** Further connections of the job. */
  readonly connections?: (client: SimulatedClientOptions) => Connections
}

/** Makes the scenario factory of `simulateJob`. Records are JSON values, as bytes in UTF-8. */
export function logScenario(options: LogScenarioOptions): (setup: ScenarioSetup) => PreparedScenario {
  const { connection = 'log', partitions = 1, partitionOf = () => 0 } = options
  return ({ random, recordsMax }) => {
    const log = new SimulatedPartitionedLog()
    const input = options.input(random, recordsMax)
    const expected = options.reference(input)
    return {
      params: options.params,
      scenario: {
        prepare: async () => {
          for (const topic of Object.keys(expected)) await log.createTopic(topic, { partitions: 1 })
          for (const [topic, records] of Object.entries(input)) {
            await log.createTopic(topic, { partitions })
            await log.append(
              records.map((record, index) => ({
                topic,
                partition: partitionOf(record, topic, partitions),
                key: undefined,
                value: jsonBytes(record),
                timestampMs: index,
              })),
            )
          }
        },
        connections: (client) => ({
          ...options.connections?.(client),
          [connection]: log.connect(client).connection(),
        }),
        violations: () =>
          Object.entries(expected).flatMap(([topic, records]) =>
            multisetViolations(topic, textsOf(log, topic), records.map(canonicalText)),
          ),
        fingerprint: () =>
          log
            .commits()
            .flatMap(({ records }) => records.map(({ value }) => decoded(value)))
            .join('\n'),
      },
    }
  }
}

function textsOf(log: SimulatedPartitionedLog, topic: string): readonly string[] {
  return log
    .commits()
    .flatMap(({ records }) => records.filter((record) => record.topic === topic))
    .map(({ value }) => canonicalText(JSON.parse(decoded(value))))
}

function decoded(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}

/** JSON with sorted fields, so that equal records are equal texts. */
function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
