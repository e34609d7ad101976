/** What must be true of a finished import, whatever happened to it on the way. */
import type { SimulatedPartitionedLog, SimulatedRelationalSink } from 'streamcore/simulation'
import type { Model } from '../model/model.js'
import { recordKey } from '../model/record-key.js'
import { coalescedTable } from '../model/coalesced-table.js'
import { outputTopics } from '../output-topics.js'
import { differenceOf } from '../verify/compare-target.js'
import type { PlainLoadResult } from '../verify/plain-load.js'

/** A finished import and what it should have done. */
export interface FinishedImport {
  readonly model: Model
  readonly plain: PlainLoadResult
  /** Records that had to become dead letters. */
  readonly refused: number
  readonly log: SimulatedPartitionedLog
  readonly target: SimulatedRelationalSink
}

/** What is wrong; empty when all is well. */
export function importViolations(finished: FinishedImport): readonly string[] {
  const { model, log, target, refused } = finished
  const { foreignKeyViolations } = target.history()
  const letters = valuesOf(log, outputTopics(model).deadLetters).length
  return [
    ...(foreignKeyViolations === 0 ? [] : [`${foreignKeyViolations} foreign keys were violated`]),
    ...target.rowsOf('streamcore_rejected').map((row) => `the target refused ${String(row['row_json'])}`),
    ...rowViolations(finished),
    ...orderViolations(target),
    ...(letters === refused ? [] : [`expected ${refused} dead letters, got ${letters}`]),
    ...auditViolations(valuesOf(log, outputTopics(model).audit)),
  ]
}

function rowViolations({ model, plain, target }: FinishedImport): readonly string[] {
  const violations: string[] = []
  const missing = new Set(plain.rows.keys())
  for (const entity of model.entities) {
    for (const row of target.rowsOf(entity.table)) {
      const key = recordKey(entity.name, row, entity.id) ?? ''
      missing.delete(key)
      const wanted = plain.rows.get(key)
      const difference = wanted === undefined ? 'is not expected' : differenceOf(entity, wanted, row)
      if (difference !== undefined) violations.push(`row ${key} ${difference}`)
    }
  }
  return [...violations, ...[...missing].map((key) => `row ${key} is missing`)]
}

// Versions of a row are applied in ascending order, each at most once.
function orderViolations(target: SimulatedRelationalSink): readonly string[] {
  const last = new Map<string, number>()
  const violations: string[] = []
  for (const { table, rowKey, version } of target.history().writes) {
    const id = `${table} ${rowKey}`
    const before = last.get(id) ?? 0
    if (version <= before && table !== coalescedTable.table)
      violations.push(`${id}: version ${version} after ${before}`)
    last.set(id, version)
  }
  return violations
}

// Each version has one fate; duplicates and stale deliveries have theirs besides.
function auditViolations(events: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return events.flatMap((text) => {
    const event: unknown = JSON.parse(text)
    if (
      typeof event !== 'object' ||
      event === null ||
      !('key' in event && 'version' in event && 'fate' in event)
    )
      return [`no audit event: ${text}`]
    const id = `${String(event.key)}@${String(event.version)}`
    if (event.fate === 'duplicate' || event.fate === 'stale') return []
    const isSecond = seen.has(id)
    seen.add(id)
    return isSecond ? [`${id} has two fates, the second is ${String(event.fate)}`] : []
  })
}

function valuesOf(log: SimulatedPartitionedLog, topic: string): readonly string[] {
  const decoder = new TextDecoder()
  const records = log
    .commits()
    .flatMap(({ records: committed }) => committed.filter((record) => record.topic === topic))
  return records.map(({ value }) => decoder.decode(value))
}
