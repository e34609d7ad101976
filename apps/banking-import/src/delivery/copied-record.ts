/** Records under other ids: a delivery n times over is a bank n times as large. */
import { assert, type Row, StreamcoreError } from 'streamcore'
import type { ImportRecord, PartialRecord } from '../model/import-record.js'
import type { EntityNode } from '../model/model-graph.js'
import { type Model } from '../model/model.js'
import { completeRecord } from '../model/parse-record.js'
import { recordKey } from '../model/record-key.js'

/** The columns of an entity that hold ids: its own, and those it refers to. */
export function idColumns({ id, foreignKeys }: EntityNode['entity']): readonly string[] {
  return [...new Set([...id, ...foreignKeys.flatMap(({ columns }) => columns)])]
}

/** @throws StreamcoreError `STREAMCORE_CONFIG` naming an id column whose values cannot be told apart by a number */
export function checkCopyable({ entities }: Model): void {
  for (const entity of entities) {
    for (const name of idColumns(entity)) {
      const type = entity.columns[name]?.type
      if (type === 'integer' || type === 'text') continue
      throw new StreamcoreError(
        'STREAMCORE_CONFIG',
        `Expected the ids of '${entity.name}' to be whole numbers or texts, so that copies can have ids of their own, but column '${name}' is a ${type}; import it without --scale`,
        { details: { config: 'scale' } },
      )
    }
  }
}

/** A row under the ids of a copy; copy 0 is the row itself. */
export function copiedRow({ entity }: EntityNode, row: Row, copy: number, stride: number): Row {
  if (copy === 0) return row
  const copied: Record<string, Row[string]> = { ...row }
  for (const name of idColumns(entity)) {
    const value = row[name]
    if (typeof value === 'number') copied[name] = value + copy * stride
    else if (typeof value === 'string') copied[name] = `${value}~${copy}`
  }
  return copied
}

/** A record under the ids of a copy. `stride` is above every id, so that no two copies share one. */
export function copiedRecord(
  node: EntityNode,
  record: ImportRecord | PartialRecord,
  copy: number,
  stride: number,
): ImportRecord | PartialRecord {
  if (copy === 0) return record
  const { entity } = node
  const row = copiedRow(node, record.row, copy, stride)
  const key = recordKey(entity.name, row, entity.id) ?? record.key
  if (record.kind !== 'upsert') return { ...record, key, row }
  const copied = completeRecord(entity, { ...record, key, row })
  assert(copied.kind === 'upsert', 'a copy refers to what is a copy, too')
  return copied
}
