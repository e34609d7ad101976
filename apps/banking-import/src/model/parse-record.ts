/** Turns a delivered record into a checked change of its entity, or says which column is wrong and why. */
import { assert, type ColumnValue, type Row } from 'streamcore'
import type { Entity, ForeignKey } from './entity.js'
import type { ImportRecord, PartialRecord, Refusal, UpsertRecord } from './import-record.js'
import type { EntityNode } from './model-graph.js'
import { parseCell, shown } from './parse-cell.js'
import { recordKey, type RecordKey } from './record-key.js'

/** A change as it stands in a topic: cells as delivered, not yet checked. */
export interface DeliveredRecord {
  readonly cells: Readonly<Record<string, unknown>>
  /** Default: the operation column decides, otherwise `upsert`. */
  readonly op?: 'upsert' | 'delete'
  /** Orders the versions of entities that have no sequence column. */
  readonly version?: number
  /** Only the given cells have changed; the entity must allow it. */
  readonly isPartial?: boolean
  /** Where the record stood before it came into the topic: `account.asc:17`. */
  readonly place?: string
  /** The delivery it belongs to, where deliveries are handed over as a whole. */
  readonly delivery?: number
  /** Set where a version that was given up comes again; later ones of a record have higher numbers. */
  readonly attempt?: number
}

/** Checks every column and foreign key; `place` says where the record came from. */
export function parseRecord(
  node: EntityNode,
  delivered: DeliveredRecord,
  place: string,
): ImportRecord | Refusal {
  const record = parsePartialRecord(node, { ...delivered, isPartial: false }, place)
  assert(record.kind !== 'partial', 'a record that is not delivered as partial is none')
  return record
}

/** As {@link parseRecord}, for records of which only some columns may have been delivered. */
export function parsePartialRecord(
  { entity }: EntityNode,
  delivered: DeliveredRecord,
  place: string,
): ImportRecord | PartialRecord | Refusal {
  const { cells, isPartial = false } = delivered
  if (isPartial && !entity.allowsPartial) {
    return refused(`expected all columns: the model does not allow partial records of '${entity.name}'`)
  }
  const unknown = Object.keys(cells).find((name) => !isExpected(entity, name))
  if (unknown !== undefined) return refused(`unknown column '${unknown}'`)
  const isDelete = delivered.op === undefined ? isDeleteByColumn(entity, cells) : delivered.op === 'delete'
  const wanted = isDelete
    ? columnsOfDelete(entity)
    : isPartial
      ? columnsOfPartial(entity, cells)
      : Object.keys(entity.columns)
  const parsed = parseColumns(entity, wanted, cells)
  if (parsed.kind === 'refused') return parsed
  const version = versionOf(entity, parsed.row, delivered)
  if (typeof version !== 'number') return version
  const row: Row = { ...parsed.row, [entity.versionColumn]: version }
  const key = recordKey(entity.name, row, entity.id)
  if (key === undefined) return refused(`id (${entity.id.join(', ')}): expected a value, got nothing`)
  if (isDelete) return { kind: 'delete', key, version, row, place }
  return isPartial
    ? { kind: 'partial', key, version, row, place, ...attemptOf(delivered) }
    : completeRecord(entity, { key, version, row, place, ...attemptOf(delivered) })
}

/** The upsert of a row that has all its columns. */
export function completeRecord(
  entity: Entity,
  { key, version, row, place, attempt }: Omit<UpsertRecord, 'kind' | 'references' | 'inTarget'>,
): UpsertRecord | Refusal {
  const references = referencesOf(entity, row)
  if (references.kind === 'refused') return references
  const record = { key, version, row, references: references.keys, place, ...attemptOf({ attempt }) }
  return { kind: 'upsert', ...record, inTarget: false }
}

function attemptOf({ attempt }: { readonly attempt?: number | undefined }): { readonly attempt?: number } {
  return attempt === undefined ? {} : { attempt }
}

/** The upsert that a partial record makes of what is known of the row; columns that may be missing are null where nothing is known. */
export function mergedRecord(
  entity: Entity,
  known: Row | undefined,
  partial: PartialRecord,
): UpsertRecord | Refusal {
  const { key, version, place } = partial
  const nulls = Object.entries(entity.columns).flatMap(([name, { nullable }]) =>
    nullable === true ? [name] : [],
  )
  const row: Row = { ...Object.fromEntries(nulls.map((name) => [name, null])), ...known, ...partial.row }
  const missing = Object.keys(entity.columns).find((column) => row[column] === undefined)
  if (missing === undefined) return completeRecord(entity, { key, version, row, place })
  return refused(`column '${missing}': nothing is known that the partial record could go on from`)
}

/** A row that the target holds already, as a change that is not written again. */
export function recordInTarget(node: EntityNode, row: Row, place: string): ImportRecord | Refusal {
  const { entity } = node
  const key = recordKey(entity.name, row, entity.id)
  const version = Number(row[entity.versionColumn] ?? 0)
  if (key === undefined || !Number.isSafeInteger(version)) return refused('the row has no id or no version')
  const references = referencesOf(entity, row)
  if (references.kind === 'refused') return references
  return { kind: 'upsert', key, version, row, references: references.keys, place, inTarget: true }
}

function isExpected(entity: Entity, name: string): boolean {
  return Object.hasOwn(entity.columns, name) || entity.operation?.column === name
}

function isDeleteByColumn({ operation }: Entity, cells: DeliveredRecord['cells']): boolean {
  const text = operation === undefined ? undefined : cells[operation.column]
  return typeof text === 'string' && operation !== undefined && operation.deletes.includes(text)
}

function columnsOfDelete({ id, sequence }: Entity): readonly string[] {
  return sequence === undefined || id.includes(sequence) ? id : [...id, sequence]
}

function columnsOfPartial(entity: Entity, cells: DeliveredRecord['cells']): readonly string[] {
  const needed = new Set(columnsOfDelete(entity))
  return Object.keys(entity.columns).filter((name) => needed.has(name) || Object.hasOwn(cells, name))
}

type ParsedColumns = { readonly kind: 'row'; readonly row: Readonly<Record<string, ColumnValue>> } | Refusal

function parseColumns(
  entity: Entity,
  names: readonly string[],
  cells: DeliveredRecord['cells'],
): ParsedColumns {
  const row: Record<string, ColumnValue> = {}
  for (const name of names) {
    const column = entity.columns[name]
    if (column === undefined) continue
    const parsed = parseCell(column, Object.hasOwn(cells, name) ? cells[name] : undefined)
    if (!parsed.ok) return refused(`column '${name}': ${parsed.reason}`)
    row[name] = parsed.value
  }
  return { kind: 'row', row }
}

function versionOf(entity: Entity, row: Row, delivered: DeliveredRecord): number | Refusal {
  const { sequence } = entity
  const version = sequence === undefined ? delivered.version : row[sequence]
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > 0) return version
  const where = sequence === undefined ? 'version' : `column '${sequence}'`
  return refused(`${where}: expected a whole number above 0, got ${shown(version)}`)
}

type References = { readonly kind: 'references'; readonly keys: readonly (RecordKey | null)[] } | Refusal

/** What each foreign key of a row points at. */
function referencesOf(entity: Entity, row: Row): References {
  const keys: (RecordKey | null)[] = []
  for (const key of entity.foreignKeys) {
    // As in SQL, a foreign key with one missing column points at nothing.
    const missing = key.columns.find((column) => (row[column] ?? null) === null)
    const target = missing === undefined ? targetOf(key, row) : undefined
    if (target !== undefined && typeof target !== 'string') return target
    if (missing !== undefined && !key.isOptional) {
      return refused(`foreign key '${key.name}': expected column '${missing}' to have a value, got nothing`)
    }
    keys.push(target === undefined ? null : (recordKey(target, row, key.columns) ?? null))
  }
  return { kind: 'references', keys }
}

function targetOf(key: ForeignKey, row: Row): string | undefined | Refusal {
  if (key.by === undefined) return key.to
  const { column, cases } = key.by
  const type = row[column] ?? null
  if (type === null && key.isOptional) return undefined
  if (typeof type === 'string' && Object.hasOwn(cases, type)) return cases[type]
  const expected = Object.keys(cases).join(', ')
  return refused(
    `foreign key '${key.name}': expected column '${column}' to be one of ${expected}, got ${shown(type)}`,
  )
}

function refused(reason: string): Refusal {
  return { kind: 'refused', reason }
}
