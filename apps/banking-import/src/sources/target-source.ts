/** Reads the rows that the target holds already, so that the resolver knows them before the first live record. */
import {
  type ColumnValue,
  type JsonValue,
  type RejectedInput,
  type RelationalSink,
  relationalConnection,
  type Row,
  type Source,
  type SourceBatch,
  type SourceContext,
  type SourceSplit,
  type SplitReader,
  StreamcoreError,
  TerminalError,
  type TableDescription,
} from 'streamcore'
import type { ImportRecord } from '../model/import-record.js'
import { type EntityNode, type ModelGraph, nodeOf } from '../model/model-graph.js'
import { recordInTarget } from '../model/parse-record.js'
import { tableOf } from '../model/table.js'

/** What is read. */
export interface TargetSourceOptions {
  /** Name of a relational connection. */
  readonly connection: string
  readonly graph: ModelGraph
  /** Without it the source has no splits: nothing was in the target when the import began. */
  readonly isUsed: boolean
  /** Whether reading may begin here; otherwise it must have been finished in an earlier run. */
  readonly mayBegin: boolean
}

/** A bounded source over all tables of the model: ids, foreign keys and versions. */
export function targetSource({
  connection,
  graph,
  isUsed,
  mayBegin,
}: TargetSourceOptions): Source<ImportRecord> {
  const entities = isUsed ? graph.model.entities.map(({ name }) => name) : []
  return Object.freeze({
    kind: 'target',
    config: { connection, entities },
    boundedness: 'bounded' as const,
    createEnumerator: () =>
      Promise.resolve({
        discover: () => Promise.resolve(entities.map((entity) => ({ id: entity, info: { entity } }))),
        close: () => Promise.resolve(),
      }),
    async createReader(split: SourceSplit, position: JsonValue | undefined, context: SourceContext) {
      // Rows read while records flow would come too late for deletes that need to know of them.
      if (position === undefined && !mayBegin) throw missingBootstrap(split)
      const node = nodeOf(graph, split.id)
      const target = await relationalConnection.open(context.connections, connection)
      return new TargetReader({
        target,
        node,
        table: keyColumns(graph, node),
        position: parsePosition(split, position),
      })
    },
  })
}

function missingBootstrap({ id }: SourceSplit): TerminalError {
  const message =
    `Expected the rows of '${id}' to have been read by a bootstrap run with the same state, got none; ` +
    "run the job with phase 'bootstrap' first, or without hasBootstrap when the target was empty"
  return new TerminalError('STREAMCORE_CONFIG', message, { details: { config: 'hasBootstrap' } })
}

// Only what the resolver needs is read; the rest of a row may be long.
function keyColumns({ model }: ModelGraph, { entity }: EntityNode): TableDescription {
  const table = tableOf(model, entity)
  // A partial record is completed with what the row holds.
  if (entity.allowsPartial) return table
  const needed = new Set([
    ...entity.id,
    entity.versionColumn,
    ...entity.foreignKeys.flatMap(({ columns, by }) =>
      by === undefined ? columns : [...columns, by.column],
    ),
  ])
  return { ...table, columns: table.columns.filter((column) => needed.has(column)) }
}

/** Where a reader goes on: after a row, or nowhere. */
interface TargetPosition {
  readonly after: Readonly<Record<string, JsonValue>> | null
  readonly isEnd: boolean
}

class TargetReader implements SplitReader<ImportRecord> {
  readonly #target: RelationalSink
  readonly #node: EntityNode
  readonly #table: TableDescription
  #position: TargetPosition

  constructor(parts: {
    readonly target: RelationalSink
    readonly node: EntityNode
    readonly table: TableDescription
    readonly position: TargetPosition
  }) {
    this.#target = parts.target
    this.#node = parts.node
    this.#table = parts.table
    this.#position = parts.position
  }

  async fetch(maxRecords: number): Promise<SourceBatch<ImportRecord>> {
    const { after, isEnd } = this.#position
    const page = { limit: maxRecords, ...(after === null ? {} : { after: rowOf(after) }) }
    const rows = isEnd ? [] : await this.#target.scan(this.#table, page)
    const last = rows.at(-1)
    this.#position = {
      after: last === undefined ? after : this.#idOf(last),
      isEnd: rows.length < maxRecords,
    }
    return this.#batchOf(rows)
  }

  async close(): Promise<void> {
    await this.#target.close()
  }

  #batchOf(rows: readonly Row[]): SourceBatch<ImportRecord> {
    const records: ImportRecord[] = []
    const taken: Row[] = []
    const rejected: RejectedInput[] = []
    for (const row of rows) {
      const place = this.#placeOf(row)
      const record = recordInTarget(this.#node, row, place)
      if (record.kind === 'refused') {
        rejected.push({ beforeIndex: records.length, place, reason: record.reason, raw: rawText(row) })
        continue
      }
      records.push(record)
      taken.push(row)
    }
    const { after, isEnd } = this.#position
    return {
      records,
      rejected,
      positionAfter: (index) => ({ after: this.#idOf(taken[index] ?? {}), isEnd: false }),
      endPosition: { after, isEnd },
      placeOf: (index) => this.#placeOf(taken[index] ?? {}),
      isEnd,
    }
  }

  #idOf(row: Row): Readonly<Record<string, JsonValue>> {
    return Object.fromEntries(this.#table.primaryKey.map((column) => [column, jsonValue(row[column])]))
  }

  #placeOf(row: Row): string {
    return `table ${this.#table.table}, row ${this.#table.primaryKey.map((column) => String(row[column])).join(', ')}`
  }
}

function rawText(row: Row): string {
  return JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  ).slice(0, 1_000)
}

// A bigint that is no safe number stands as text; the scan compares by the column's type.
function jsonValue(value: ColumnValue | undefined): JsonValue {
  return typeof value === 'bigint' ? String(value) : (value ?? null)
}

function rowOf(after: Readonly<Record<string, JsonValue>>): Row {
  return Object.fromEntries(
    Object.entries(after).map(([column, value]) => [
      column,
      typeof value === 'object' ? JSON.stringify(value) : value,
    ]),
  )
}

function parsePosition({ id }: SourceSplit, position: JsonValue | undefined): TargetPosition {
  if (position === undefined) return { after: null, isEnd: false }
  if (isPosition(position)) return position
  throw new StreamcoreError(
    'STREAMCORE_RESTORE',
    `Expected the position of table '${id}' to be { after, isEnd }, got ${JSON.stringify(position)}`,
  )
}

function isPosition(position: JsonValue): position is JsonValue & TargetPosition {
  if (typeof position !== 'object' || position === null || !('after' in position) || !('isEnd' in position))
    return false
  return (
    typeof position.isEnd === 'boolean' &&
    typeof position.after === 'object' &&
    !Array.isArray(position.after)
  )
}
