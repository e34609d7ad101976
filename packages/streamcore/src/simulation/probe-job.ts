/** The engine's own simulation: one job that uses every mechanism (two inputs, keyed, operator and broadcast state, timers, messages, two sinks) and its oracle. */
import { defineJob } from '../api/define-job.js'
import type { Random } from '../contracts/ports/random.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { forBoundedOutOfOrderness, forMonotonousTimestamps } from '../contracts/watermark-strategy.js'
import { multisetViolations } from './multiset-violations.js'
import { expectedMemories, remember } from './probe-expiry.js'
import { alarms, counts, meet, messagesPerParent, type ProbeRecord, timerDelayMs } from './probe-meeting.js'
import { batch, countParents, expectedWithoutKeys, parentCounts } from './probe-operator-state.js'
import { fromJsonBytes, jsonBytes, probeSink, probeSource } from './probe-streams.js'
import { type PreparedScenario, type ScenarioSetup, simulated, type SimulatedJob } from './simulate-job.js'
import { SimulatedPartitionedLog } from './simulated-partitioned-log.js'

/** Parents and children meet by key; children wait for their first parent; both set timers; parents send messages. */
export const probeJob: SimulatedJob = simulated(
  defineJob({ name: 'probe', params: { parse: (input) => fetchMaxOf(input) } }, (env, fetchMax) => {
    const source = (topic: string) => probeSource({ connection: 'in', topic, parse: parseRecord, fetchMax })
    const parents = env.fromSource(source('parents'), {
      uid: 'parents',
      watermarks: forMonotonousTimestamps((record: ProbeRecord) => record.timestampMs),
    })
    const children = env.fromSource(source('children'), {
      uid: 'children',
      watermarks: forBoundedOutOfOrderness(10, (record: ProbeRecord) => record.timestampMs),
    })
    const met = parents
      .keyBy((parent) => parent.key)
      .connect(children.map((child) => ({ ...child })).keyBy((child) => child.key))
      .process(meet)
    met
      .keyBy((text) => keyOf(text))
      .process({
        uid: 'number',
        state: { count: valueState<number>('count') },
        *processElement(text, { key, state }) {
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          yield `${key}/${count}/${text}`
        },
      })
      .sinkTo(probeSink({ connection: 'out', topic: 'out' }), { uid: 'out' })
    const pairs = met
      .getSideOutput(counts)
      .keyBy((text) => keyOf(text))
      .process({
        uid: 'pair',
        // That it expires one day must not be noticed before.
        state: { first: valueState<string>('first', { ttl: { time: '1000 days' } }) },
        // Its keys come and go: one that came back from an older checkpoint would make a wrong pair.
        *processElement(text, { state }) {
          const first = state.first.value()
          if (first === undefined) {
            state.first.update(text)
            return
          }
          state.first.clear()
          yield `${first}+${text}`
        },
      })
    met
      .getSideOutput(alarms)
      .union(
        met.getSideOutput(counts),
        pairs,
        children.process(batch),
        children.keyBy((child) => child.key).process(remember),
        children
          .keyBy((child) => child.key)
          .connect(parents.broadcast(parentCounts))
          .process(countParents),
      )
      .sinkTo(probeSink({ connection: 'alarms', topic: 'alarms' }), { uid: 'alarms' })
  }),
)

/** Input, services and oracle of one seed. */
export function probeScenario({ random, recordsMax }: ScenarioSetup): PreparedScenario {
  const input = new SimulatedPartitionedLog()
  const out = new SimulatedPartitionedLog()
  const alarmsLog = new SimulatedPartitionedLog()
  const parents = drawRecords(random, Math.ceil(recordsMax / 4))
  const children = drawRecords(random, recordsMax).filter(({ key }) =>
    parents.some((parent) => parent.key === key),
  )
  const fill = async () => {
    await fillTopic(input, 'parents', 1 + random.below(3), parents)
    await fillTopic(input, 'children', 1 + random.below(3), children)
    await out.createTopic('out', { partitions: 1 })
    await alarmsLog.createTopic('alarms', { partitions: 1 })
  }
  return {
    // Small batches make long runs, in which faults meet chains of checkpoints.
    params: 1 + random.below(random.below(2) === 0 ? 2 : 20),
    scenario: {
      prepare: fill,
      connections: (client) => ({
        in: input.connect(client).connection(),
        out: out.connect(client).connection(),
        alarms: alarmsLog.connect(client).connection(),
      }),
      violations: () => [
        ...outViolations(texts(out), parents, children),
        ...multisetViolations('alarms', texts(alarmsLog), [
          ...timersOf(parents).map((timer) => `a${timer}`),
          ...children.map(({ key, seq }) => `n${key}=${seq + 1}`),
          ...children
            .filter(({ seq }) => seq % 2 === 1)
            .map(({ key, seq }) => `n${key}=${seq}+n${key}=${seq + 1}`),
          ...expectedWithoutKeys(parents, children),
          ...expectedMemories(children),
        ]),
      ],
    },
  }
}

function drawRecords(random: Random, count: number): readonly ProbeRecord[] {
  const keys = 1 + random.below(8)
  const seqs = new Map<number, number>()
  return Array.from({ length: 1 + random.below(count) }, (_, index) => {
    const key = random.below(keys)
    const seq = seqs.get(key) ?? 0
    seqs.set(key, seq + 1)
    return { key, seq, timestampMs: index * 5 }
  })
}

/** A key stays in one partition, so that its order is defined. */
async function fillTopic(
  log: SimulatedPartitionedLog,
  topic: string,
  partitions: number,
  records: readonly ProbeRecord[],
): Promise<void> {
  await log.createTopic(topic, { partitions })
  await log.append(
    records.map((record) => ({
      topic,
      partition: record.key % partitions,
      key: undefined,
      value: jsonBytes(record),
      timestampMs: record.timestampMs,
    })),
  )
}

function texts(log: SimulatedPartitionedLog): readonly string[] {
  return log.commits().flatMap(({ records }) => records.map((record) => fromJsonBytes(record.value, String)))
}

/** Exactly once as a multiset; numbered without gaps per key; a parent before its children, children in their order. */
function outViolations(
  out: readonly string[],
  parents: readonly ProbeRecord[],
  children: readonly ProbeRecord[],
): readonly string[] {
  const rows = out
    .map((text) => text.split('/'))
    .map(([key, count, what]) => ({ key, count: Number(count), what: what ?? '' }))
  const expected = [
    ...parents.map(({ key, seq }) => `p${key}#${seq}`),
    ...children.map(({ key, seq }) => `c${key}#${seq}`),
    ...parents.flatMap(({ key }) => Array.from({ length: messagesPerParent }, () => `m${key}`)),
    ...timersOf(parents).map((timer) => `t${timer}`),
  ]
  const violations = [
    ...multisetViolations(
      'out',
      rows.map(({ what }) => what),
      expected,
    ),
  ]
  for (const key of new Set(rows.map((row) => row.key))) {
    const ofKey = rows.filter((row) => row.key === key).sort((a, b) => a.count - b.count)
    if (ofKey.some((row, index) => row.count !== index + 1))
      violations.push(`state: key ${key} is not numbered 1, 2, 3 …`)
    violations.push(
      ...orderViolations(
        String(key),
        ofKey.map(({ what }) => what),
      ),
    )
  }
  return violations
}

function orderViolations(key: string, texts: readonly string[]): readonly string[] {
  const violations: string[] = []
  for (const kind of ['p', 'c']) {
    const seqs = texts.filter((text) => text.startsWith(kind)).map((text) => Number(text.split('#')[1]))
    if (seqs.some((seq, index) => seq !== index))
      violations.push(`order: ${kind} of key ${key} came as ${seqs.join(' ')}`)
  }
  const firstParent = texts.findIndex((text) => text.startsWith('p'))
  const firstChild = texts.findIndex((text) => text.startsWith('c'))
  if (firstChild !== -1 && firstChild < firstParent)
    violations.push(`order: a child of key ${key} came before its parent`)
  return violations
}

function timersOf(parents: readonly ProbeRecord[]): readonly string[] {
  return parents.map(({ key, timestampMs }) => `${key}@${timestampMs + timerDelayMs}`)
}

function keyOf(text: string): string {
  return text.slice(1).split(/[#@=]/)[0] ?? ''
}

function parseRecord(value: unknown): ProbeRecord {
  const record = typeof value === 'object' && value !== null ? value : {}
  const field = (name: string) => Number(Reflect.get(record, name))
  return { key: field('key'), seq: field('seq'), timestampMs: field('timestampMs') }
}

function fetchMaxOf(input: unknown): number {
  return typeof input === 'number' ? input : 1
}
