/** Completes partial records with the last known values of the other columns. */
import {
  type Collector,
  type DeadLetter,
  type KeyedCollectFunction,
  type KeyedContext,
  type OutputTag,
  outputTag,
  type Row,
  type,
  valueState,
} from 'streamcore'
import type { Entity } from '../model/entity.js'
import type { ImportRecord, PartialRecord } from '../model/import-record.js'
import { type ModelGraph, nodeOfKey } from '../model/model-graph.js'
import { completeRecord, mergedRecord } from '../model/parse-record.js'
import type { RecordKey } from '../model/record-key.js'
import { auditTag } from './audit-event.js'

/** What is known of a record. */
export interface KnownRow {
  readonly version: number
  /** Null once the record was deleted. */
  readonly row: Row | null
}

/** The state of the merge operator. */
export const mergeState = { known: valueState<KnownRow>('known') }

/** Partial records that cannot be completed. */
export const incompleteTag: OutputTag<DeadLetter> = outputTag('incomplete')

type MergeContext = KeyedContext<RecordKey, typeof mergeState>

/** The merge operator; only entities that allow partial records need it. */
export type MergeFunction = KeyedCollectFunction<
  RecordKey,
  ImportRecord | PartialRecord,
  typeof mergeState,
  ImportRecord
>

const uid = 'merge'

/** The operator that completes partial records. */
export function mergeFunction(graph: ModelGraph): MergeFunction {
  return {
    uid,
    state: mergeState,
    emits: type<ImportRecord>(),
    processElement: (record, ctx, out) => {
      if (record.kind === 'partial') return complete(nodeOfKey(graph, ctx.key).entity, record, ctx, out)
      // What is outdated goes on: the resolver says so in the audit trail.
      if (record.version > (ctx.state.known.value()?.version ?? -1)) {
        ctx.state.known.update({ version: record.version, row: record.kind === 'upsert' ? record.row : null })
      }
      out.collect(record)
    },
  }
}

function complete(
  entity: Entity,
  record: PartialRecord,
  ctx: MergeContext,
  out: Collector<ImportRecord>,
): void {
  const { key, version, place } = record
  const known = ctx.state.known.value()
  if (record.attempt !== undefined && version === known?.version && known.row !== null) {
    const { attempt } = record
    const again = completeRecord(entity, { key, version, row: known.row, place, attempt })
    if (again.kind !== 'refused') return out.collect(again)
  }
  if (known !== undefined && version <= known.version) {
    ctx.output(auditTag, { key, version, fate: version === known.version ? 'duplicate' : 'stale', place })
    return
  }
  const completed = mergedRecord(entity, known?.row ?? undefined, record)
  if (completed.kind === 'refused') {
    ctx.output(incompleteTag, {
      uid,
      reason: completed.reason,
      place,
      key,
      value: JSON.stringify(record.row),
    })
    return
  }
  ctx.state.known.update({ version, row: completed.row })
  out.collect(completed)
}
