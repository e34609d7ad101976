/** A random history as it stands in the log: record by record, or in deliveries that break off, come again, or never end. */
import { partitionOfKey } from '@streamcore/connectors/log'
import type { LogAppend, Random } from 'streamcore'
import { marksOf } from '../delivery/produce-delivery.js'
import { encodeTopicRecord } from '../delivery/topic-record.js'
import { chance } from '../generate/pick.js'
import type { ImportParams } from '../import-params.js'
import type { Model } from '../model/model.js'
import { modelGraph } from '../model/model-graph.js'
import type { HistoryRecord, RandomHistory } from './random-history.js'

/** A record of the log, and whether its delivery is ever complete. */
export interface DealtRecord extends HistoryRecord {
  readonly isComplete: boolean
}

/** What stands in the log. */
export interface DealtHistory {
  readonly gate: ImportParams['gate']
  readonly records: readonly DealtRecord[]
  readonly appends: readonly LogAppend[]
  /** What the import has to deal with. */
  readonly situations: readonly string[]
}

/** How a history is dealt. */
export interface DealOptions {
  readonly random: Random
  /** Per topic. */
  readonly partitions: number
  readonly mayGate: boolean
}

const gatedShare = 0.3
const deliveriesMax = 3

/** Deals a history; three out of ten are gated. */
export function dealtHistory(
  { model, records }: RandomHistory,
  { random, partitions, mayGate }: DealOptions,
): DealtHistory {
  if (!mayGate || !chance(random, gatedShare)) {
    const appends = records.map((record) => appendOf(record, partitions))
    return {
      gate: 'none',
      records: records.map((record) => ({ ...record, isComplete: true })),
      appends,
      situations: [],
    }
  }
  const partitionsOf = new Map(model.entities.map(({ topic }) => [topic, partitions]))
  const deliveries = 1 + random.below(deliveriesMax)
  const mayEndIncomplete = !deletesParents(model, records)
  const dealt: DealtRecord[] = []
  const appends: LogAppend[] = []
  const situations = new Set<string>()
  for (let delivery = 1; delivery <= deliveries; delivery += 1) {
    const own = shareOf(records, delivery - 1, deliveries)
    const isComplete = delivery < deliveries || !mayEndIncomplete || !chance(random, 0.3)
    const put = (some: readonly HistoryRecord[]) => {
      dealt.push(...some.map((record) => ({ ...record, isComplete })))
      appends.push(...some.map((record) => appendOf(record, partitions, delivery)))
    }
    const marks = marksOf(model, { partitions: partitionsOf, timestampMs: 0, delivery })
    if (chance(random, 0.3)) {
      // Whoever produced it died between two records, or between two marks.
      const isInMarks = chance(random, 0.5)
      put(isInMarks ? own : own.slice(0, random.below(own.length + 1)))
      if (isInMarks) appends.push(...marks.slice(0, random.below(marks.length)))
      situations.add('delivery broken off and produced again')
    }
    put(own)
    appends.push(...(isComplete ? marks : marks.slice(0, random.below(marks.length))))
    if (!isComplete) situations.add('incomplete delivery')
  }
  return { gate: 'complete', records: dealt, appends, situations: [...situations] }
}

// Where the last delivery never ends, a child may never let its parent go: the parent's delete is rightly held for ever.
function deletesParents(model: Model, records: readonly HistoryRecord[]): boolean {
  const referenced = new Set(
    [...modelGraph(model).nodes.values()]
      .filter(({ isReferenced }) => isReferenced)
      .map(({ entity }) => entity.topic),
  )
  return records.some(({ topic, record }) => record.op === 'delete' && referenced.has(topic))
}

function shareOf<T>(all: readonly T[], index: number, count: number): readonly T[] {
  return all.slice(Math.floor((all.length * index) / count), Math.floor((all.length * (index + 1)) / count))
}

const encoder = new TextEncoder()

function appendOf({ topic, key, record }: HistoryRecord, partitions: number, delivery?: number): LogAppend {
  const bytes = encoder.encode(key)
  const stamped = delivery === undefined ? record : { ...record, delivery }
  const value = encoder.encode(encodeTopicRecord(stamped))
  return { topic, partition: partitionOfKey(bytes, partitions), key: bytes, value, timestampMs: 0 }
}
