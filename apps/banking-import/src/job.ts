/** The import as a job: source → ask → resolve, level by level up → gate, level by level down → one writer. */
import { jsonLinesSink } from '@streamcore/connectors/files'
import { logSink, logSource } from '@streamcore/connectors/log'
import { relationalSink } from '@streamcore/connectors/postgres'
import {
  type DataStream,
  type DeadLetter,
  defineJob,
  type RowChange,
  type Sink,
  type SourceSplit,
  type StreamExecutionEnvironment,
  StreamcoreError,
  unreachable,
} from 'streamcore'
import { BacklogMeter } from './backlog/backlog-meter.js'
import { decodeDelivered } from './delivery/topic-record.js'
import { type ImportParams, parseImportParams } from './import-params.js'
import { coalescedRow } from './model/coalesced-table.js'
import type { Delivered, ImportRecord, InDelivery, PartialRecord } from './model/import-record.js'
import { type EntityNode, type ModelGraph, modelGraph, nodeOfKey, type Stage } from './model/model-graph.js'
import { tablesOf } from './model/table.js'
import { ask } from './operators/ask.js'
import { type AuditEvent, auditTag } from './operators/audit-event.js'
import { backlogTag, countBacklogFunction } from './operators/count-backlog.js'
import { countMarksFunction, marksKey } from './operators/count-marks.js'
import { gateFunction } from './operators/gate.js'
import { type HeldEvent, heldTag } from './operators/held-event.js'
import { holdDeliveriesFunction } from './operators/hold-deliveries.js'
import { incompleteTag, mergeFunction } from './operators/merge.js'
import { overdueTag } from './operators/overdue-letter.js'
import { resolveFunction, type ResolveOptions } from './operators/resolve.js'
import { toGate, toResolve } from './operators/routes.js'
import { waitingTag } from './operators/waiting-event.js'
import { writerOrder } from './operators/writer-order.js'
import { outputTopics } from './output-topics.js'
import { backlogGauge } from './sinks/backlog-gauge.js'
import { changeCounter } from './sinks/change-counter.js'
import { changeFiles } from './sinks/change-files.js'
import { fateCounter } from './sinks/fate-counter.js'
import { deliverySource } from './sources/delivery-source.js'
import { restingSource } from './sources/resting-source.js'
import { letterCounter } from './sinks/letter-counter.js'
import { targetSource } from './sources/target-source.js'

/** Names of the connections that the job expects. */
export const importConnections = {
  /** A partitioned log: the entities' topics, and the output topics. */
  log: 'log',
  /** The relational target. */
  target: 'target',
} as const

/** The import of any model. */
export const job = defineJob(
  { name: 'banking-import', params: { parse: parseImportParams } },
  (env, params) => {
    const graph = modelGraph(params.model)
    const meter = new BacklogMeter(graph, params.backlog)
    const { handedOver, held } = gatedDeliveries(params, readRecords(env, params, { graph, meter }))
    const rows = readTarget(env, params, graph)
    const { records, refused } = completed(graph, handedOver.union(rows))
    const asked = records.flatMap(ask)
    const messagesTo = (stage: Stage) => asked.filter(({ key }) => nodeOfKey(graph, key).stage === stage)

    // Up: what a level refers to is resolved before it. A grant goes from the parent's level to the child's.
    const resolved: DataStream<RowChange>[] = []
    for (const stage of graph.stages) {
      const grants = others(stage, stage.parents).map((parent) =>
        streamAt(resolved, parent).getSideOutput(toResolve(stage)),
      )
      resolved[stage.index] = messagesTo(stage)
        .union(...grants)
        .keyBy(({ key }) => key)
        .process(resolveFunction(graph, stage, resolveOptions(params, meter)))
    }

    // Down: a row goes when nobody holds it, children before their parents.
    const gated: DataStream<RowChange>[] = []
    for (const stage of graph.stages.toReversed().filter(({ children }) => children.length > 0)) {
      const children = others(stage, stage.children)
      const closes = [
        ...children.map((child) => streamAt(resolved, child).getSideOutput(toGate(stage))),
        ...children
          .filter((child) => child in gated)
          .map((child) => streamAt(gated, child).getSideOutput(toGate(stage))),
      ]
      gated[stage.index] = streamAt(resolved, stage.index)
        .getSideOutput(toGate(stage))
        .union(...closes)
        .keyBy(({ key }) => key)
        .process(gateFunction(graph, stage))
    }

    // One writer, one transaction per checkpoint.
    const gates = Object.values(gated)
    merged([...resolved, ...gates]).sinkTo(targetSink(params, graph), { uid: 'target' })
    writeSideOutputs({ env, params, held, resolved, gates, refused })
    countBacklog(resolved, meter)
  },
)

function targetSink({ model, target }: ImportParams, graph: ModelGraph): Sink<RowChange> {
  const order = writerOrder(graph)
  switch (target.kind) {
    case 'files':
      return changeFiles({ directory: target.directory, order: (changes) => order(changes).changes })
    case 'count':
      return changeCounter({ directory: target.directory, model })
    case 'database':
      return relationalSink<RowChange>({
        connection: importConnections.target,
        tables: tablesOf(model),
        toChange: (change) => change,
        order: (changes) => {
          const { changes: ordered, coalesced } = order(changes)
          return [...ordered, ...coalesced.map(({ key, change }) => coalescedRow(key, change))]
        },
      })
    default:
      return unreachable(target)
  }
}

function readTarget(
  env: StreamExecutionEnvironment,
  { phase, hasBootstrap }: ImportParams,
  graph: ModelGraph,
): DataStream<ImportRecord> {
  return env.fromSource(
    targetSource({
      connection: importConnections.target,
      graph,
      isUsed: hasBootstrap,
      mayBegin: phase === 'bootstrap',
    }),
    { uid: 'rows-of-target' },
  )
}

function readRecords(
  env: StreamExecutionEnvironment,
  params: ImportParams,
  parts: { readonly graph: ModelGraph; readonly meter: BacklogMeter },
): DataStream<Delivered> {
  const { direct } = params
  if (direct === null) return readTopics(env, params, parts)
  return env.fromSource<Delivered>(deliverySource(direct, parts.graph), { uid: 'records' })
}

function readTopics(
  env: StreamExecutionEnvironment,
  { model, phase, boundedness, gate, backlog }: ImportParams,
  { graph, meter }: { readonly graph: ModelGraph; readonly meter: BacklogMeter },
): DataStream<Delivered> {
  const byTopic = new Map<string, EntityNode>(
    [...graph.nodes.values()].map((node) => [node.entity.topic, node]),
  )
  const source = logSource<Delivered>({
    connection: importConnections.log,
    // While the rows of the target are read nothing else may flow; their checkpoint must come before the first record.
    topics: phase === 'bootstrap' ? [] : model.entities.map(({ topic }) => topic),
    boundedness: phase === 'bootstrap' ? 'bounded' : boundedness,
    decode: (stored, place) => {
      const node = byTopic.get(place.topic)
      if (node === undefined)
        throw new StreamcoreError('STREAMCORE_RECORD', `Expected a topic of the model, got ${place.topic}`)
      const delivered = decodeDelivered(node, stored, place)
      return gate === 'none' && delivered.kind === 'in-delivery' ? delivered.record : delivered
    },
  })
  // Marks of deliveries stand behind the records of every topic: with a gate none may rest.
  const limit = Math.min(...[backlog.perEdge, backlog.total].filter((each) => each > 0))
  if (limit === Infinity || gate === 'complete') return env.fromSource(source, { uid: 'records' })
  const entityOf = ({ id }: SourceSplit) => byTopic.get(id.slice(0, id.lastIndexOf('/')))?.entity.name ?? ''
  const fetchRecordsMax = Math.max(1, Math.ceil(limit / fetchesPerLimit))
  return env.fromSource(restingSource(source, { meter, entityOf, fetchRecordsMax }), { uid: 'records' })
}

// What has been fetched when a topic comes to rest is read all the same, of every partition: small fetches keep it little.
const fetchesPerLimit = 8

function resolveOptions(
  { reportAfterMs, overdueAfterMs, whenOverdue, backlog }: ImportParams,
  meter: BacklogMeter,
): ResolveOptions {
  const limits = { reportAfterMs, overdueAfterMs, whenOverdue, waitersMax: backlog.perParent }
  const mustGiveUp = (entity: string, nowMs: number) => meter.mustGiveUp(entity, nowMs)
  return { ...limits, mustGiveUp }
}

function countBacklog(resolved: readonly DataStream<RowChange>[], meter: BacklogMeter): void {
  merged(resolved.map((stream) => stream.getSideOutput(backlogTag)))
    .keyBy(({ edge }) => edge)
    .process(countBacklogFunction(meter))
    .sinkTo(backlogGauge(), { uid: 'backlog' })
}

/** Deliveries are handed over as a whole where that is asked for; otherwise their marks are left out. */
function gatedDeliveries(
  { gate, reportAfterMs }: ImportParams,
  delivered: DataStream<Delivered>,
): GatedRecords {
  const outside = delivered.filter(isOutside)
  if (gate === 'none') return { handedOver: outside, held: [] }
  const marks = delivered
    .filter((each) => each.kind === 'mark')
    .keyBy(() => marksKey)
    .process(countMarksFunction())
  const passed = delivered
    .filter((each): each is InDelivery => each.kind === 'in-delivery')
    .union(marks)
    .keyBy(({ lane }) => lane)
    .process(holdDeliveriesFunction(reportAfterMs))
  return {
    handedOver: outside.union(passed),
    held: [marks, passed].map((each) => each.getSideOutput(heldTag)),
  }
}

function isOutside(delivered: Delivered): delivered is ImportRecord | PartialRecord {
  return delivered.kind !== 'mark' && delivered.kind !== 'in-delivery'
}

interface GatedRecords {
  readonly handedOver: DataStream<ImportRecord | PartialRecord>
  readonly held: readonly DataStream<HeldEvent>[]
}

/** Partial records are completed first; only entities that allow them take that way. */
function completed(graph: ModelGraph, delivered: DataStream<ImportRecord | PartialRecord>): Completed {
  const isPartial = (key: string) => nodeOfKey(graph, key).entity.allowsPartial
  const records = delivered.flatMap((record) =>
    record.kind === 'partial' || isPartial(record.key) ? [] : [record],
  )
  if (!graph.model.entities.some(({ allowsPartial }) => allowsPartial)) return { records, refused: [] }
  const merged = delivered
    .filter(({ key }) => isPartial(key))
    .keyBy(({ key }) => key)
    .process(mergeFunction(graph))
  return { records: records.union(merged), refused: [merged] }
}

interface Completed {
  readonly records: DataStream<ImportRecord>
  /** The operators that refuse partial records. */
  readonly refused: readonly DataStream<ImportRecord>[]
}

interface SideOutputs {
  readonly env: StreamExecutionEnvironment
  readonly params: ImportParams
  readonly held: readonly DataStream<HeldEvent>[]
  readonly resolved: readonly DataStream<RowChange>[]
  readonly gates: readonly DataStream<RowChange>[]
  readonly refused: readonly DataStream<ImportRecord>[]
}

function writeSideOutputs(outputs: SideOutputs): void {
  const { env, held, resolved, gates, refused } = outputs
  const { model, audit, direct } = outputs.params
  const topics = outputTopics(model)
  const output = <T extends object>(topic: string): Sink<T> =>
    direct === null ? jsonSink(topic) : jsonLinesSink<T>({ directory: `${direct.outputs}/${topic}` })
  const fates = merged([...resolved, ...gates, ...refused].map((stream) => stream.getSideOutput(auditTag)))
  fates.sinkTo(fateCounter(), { uid: 'fates' })
  const outdated = fates.filter(({ fate }) => fate === 'stale').map(letterOf)
  const givenUp = resolved.map((stream) => stream.getSideOutput(overdueTag))
  const incomplete = refused.map((stream) => stream.getSideOutput(incompleteTag))
  const letters = merged<DeadLetter>([env.deadLetters(), outdated, ...givenUp, ...incomplete])
  letters.sinkTo(output(topics.deadLetters), { uid: 'dead-letters' })
  letters.sinkTo(letterCounter(), { uid: 'dead-letter-reasons' })
  fates
    .filter(({ fate }) => audit === 'all' || fate !== 'released')
    .sinkTo(output(topics.audit), { uid: 'audit' })
  merged(resolved.map((stream) => stream.getSideOutput(waitingTag))).sinkTo(output(topics.waiting), {
    uid: 'waiting',
  })
  if (held.length > 0) merged(held).sinkTo(output(topics.held), { uid: 'held' })
}

function letterOf({ key, version, place }: AuditEvent): DeadLetter {
  return {
    uid: 'resolve',
    reason: `version ${version} comes after a newer one`,
    place,
    key,
    value: String(version),
  }
}

function jsonSink<T extends object>(topic: string) {
  return logSink<T>({
    connection: importConnections.log,
    topic,
    value: (value) => JSON.stringify(value),
  })
}

// The entities of a cycle speak to each other inside of their operator.
function others({ index }: Stage, stages: readonly number[]): readonly number[] {
  return stages.filter((each) => each !== index)
}

function streamAt<T>(streams: readonly DataStream<T>[], index: number): DataStream<T> {
  const stream = streams[index]
  if (stream) return stream
  throw new StreamcoreError(
    'STREAMCORE_ASSERTION',
    'Broken invariant: a stage that is spoken to has been built',
  )
}

function merged<T>([first, ...rest]: readonly DataStream<T>[]): DataStream<T> {
  if (first) return rest.length === 0 ? first : first.union(...rest)
  throw new StreamcoreError('STREAMCORE_ASSERTION', 'Broken invariant: a model has at least one entity')
}
