/** Tables with primary keys, foreign keys, unique columns and checks; every change is checked at once, as an immediate constraint is. */
import { StreamcoreError } from '../contracts/errors.js'
import type { ColumnValue, Row, RowChange, TableDescription } from '../contracts/ports/relational-sink.js'
import { rowKeyOf } from '../contracts/rejected-table.js'

/** A table as the simulated database has it. */
export interface SimulatedTable extends TableDescription {
  /** Columns that hold no null; those of the primary key never do. */
  readonly notNull?: readonly string[]
  /** Each a set of columns whose values together occur once. */
  readonly unique?: readonly (readonly string[])[]
  readonly check?: (row: Row) => boolean
}

/** What became of a change. */
export type ChangeOutcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'guarded' }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }

interface StoredTable {
  readonly schema: SimulatedTable
  readonly rows: Map<string, Row>
  /** Per unique constraint: its columns' values → row key. */
  readonly uniques: readonly Map<string, string>[]
  sorted: readonly Row[] | undefined
}

/** All tables of a simulated database. Only references to primary keys are understood. */
export class SimulatedTables {
  readonly #tables = new Map<string, StoredTable>()
  /** How many rows refer to a row, by its table and key. */
  readonly #references = new Map<string, number>()

  constructor(tables: readonly SimulatedTable[]) {
    for (const schema of tables) this.add(schema)
  }

  add(schema: SimulatedTable): void {
    const uniques = (schema.unique ?? []).map(() => new Map<string, string>())
    this.#tables.set(schema.table, { schema, rows: new Map(), uniques, sorted: undefined })
  }

  schemaOf(table: string): SimulatedTable | undefined {
    return this.#tables.get(table)?.schema
  }

  /** All rows in primary key order. */
  rowsOf(table: string): readonly Row[] {
    const stored = this.#stored(table)
    stored.sorted ??= [...stored.rows.values()].sort((a, b) => compareKeys(a, b, stored.schema.primaryKey))
    return stored.sorted
  }

  /** Applies one change or refuses it with the SQLSTATE that PostgreSQL would give. */
  write(change: RowChange): ChangeOutcome {
    const stored = this.#stored(change.table)
    const key = rowKeyOf(change.row, stored.schema.primaryKey)
    if (key === undefined) return refused('23502', 'a column of the primary key is null')
    const failure = change.kind === 'upsert' ? rowFailure(stored.schema, change.row) : undefined
    // PostgreSQL looks at the row itself before it looks for an older one.
    if (failure) return failure
    const old = stored.rows.get(key)
    if (old && !isOlder(old[stored.schema.versionColumn], change.version)) return { kind: 'guarded' }
    if (change.kind === 'delete') return old ? this.#delete(stored, key, old) : { kind: 'guarded' }
    return this.#upsert(stored, key, change.row)
  }

  #upsert(stored: StoredTable, key: string, row: Row): ChangeOutcome {
    const failure = uniqueFailure(stored, key, row) ?? this.#parentFailure(stored.schema, key, row)
    if (failure) return failure
    const old = stored.rows.get(key)
    if (old) this.#forget(stored, old)
    stored.rows.set(key, Object.freeze({ ...row }))
    stored.sorted = undefined
    for (const [index, columns] of (stored.schema.unique ?? []).entries()) {
      const value = rowKeyOf(row, columns)
      if (value !== undefined) stored.uniques[index]?.set(value, key)
    }
    for (const parent of parentsOf(stored.schema, row)) this.#countReference(parent.id, 1)
    return { kind: 'applied' }
  }

  #delete(stored: StoredTable, key: string, old: Row): ChangeOutcome {
    const id = idOf(stored.schema.table, key)
    const fromItself = parentsOf(stored.schema, old).filter((parent) => parent.id === id).length
    if ((this.#references.get(id) ?? 0) > fromItself) {
      return refused('23503', `rows of other tables refer to ${stored.schema.table} ${key}`)
    }
    this.#forget(stored, old)
    stored.rows.delete(key)
    stored.sorted = undefined
    return { kind: 'applied' }
  }

  #forget(stored: StoredTable, old: Row): void {
    for (const [index, columns] of (stored.schema.unique ?? []).entries()) {
      const value = rowKeyOf(old, columns)
      if (value !== undefined) stored.uniques[index]?.delete(value)
    }
    for (const parent of parentsOf(stored.schema, old)) this.#countReference(parent.id, -1)
  }

  #parentFailure(schema: SimulatedTable, key: string, row: Row): ChangeOutcome | undefined {
    const own = idOf(schema.table, key)
    for (const parent of parentsOf(schema, row)) {
      if (parent.id === own || this.#stored(parent.table).rows.has(parent.key)) continue
      return refused(
        '23503',
        `${schema.table} ${key} refers to ${parent.table} ${parent.key}, which is not there`,
      )
    }
    return undefined
  }

  #countReference(id: string, change: number): void {
    const count = (this.#references.get(id) ?? 0) + change
    if (count === 0) this.#references.delete(id)
    else this.#references.set(id, count)
  }

  #stored(table: string): StoredTable {
    const stored = this.#tables.get(table)
    if (!stored)
      throw new StreamcoreError('STREAMCORE_CONFIG', `Expected a table '${table}', got none in the database`)
    return stored
  }
}

interface ParentRow {
  readonly table: string
  readonly key: string
  readonly id: string
}

function parentsOf(schema: SimulatedTable, row: Row): readonly ParentRow[] {
  return schema.foreignKeys.flatMap(({ table, columns }) => {
    const key = rowKeyOf(row, columns)
    return key === undefined ? [] : [{ table, key, id: idOf(table, key) }]
  })
}

function idOf(table: string, key: string): string {
  return `${table} ${key}`
}

function refused(code: string, reason: string): ChangeOutcome {
  return { kind: 'refused', code, reason }
}

function rowFailure(schema: SimulatedTable, row: Row): ChangeOutcome | undefined {
  return nullFailure(schema, row) ?? checkFailure(schema, row)
}

function nullFailure(schema: SimulatedTable, row: Row): ChangeOutcome | undefined {
  const empty = schema.notNull?.find((column) => (row[column] ?? null) === null)
  return empty === undefined ? undefined : refused('23502', `column ${empty} of ${schema.table} is null`)
}

function checkFailure(schema: SimulatedTable, row: Row): ChangeOutcome | undefined {
  if (schema.check?.(row) ?? true) return undefined
  return refused('23514', `a check of ${schema.table} does not hold`)
}

function uniqueFailure(stored: StoredTable, key: string, row: Row): ChangeOutcome | undefined {
  for (const [index, columns] of (stored.schema.unique ?? []).entries()) {
    const value = rowKeyOf(row, columns)
    const holder = value === undefined ? undefined : stored.uniques[index]?.get(value)
    if (holder !== undefined && holder !== key) {
      return refused('23505', `(${columns.join(', ')}) = ${value} of ${stored.schema.table} exists already`)
    }
  }
  return undefined
}

function isOlder(stored: ColumnValue | undefined, version: number): boolean {
  return Number(stored) < version
}

/** Order of two rows by the columns of a key: numbers by value, all else by code unit. */
export function compareKeys(a: Row, b: Row, columns: readonly string[]): number {
  for (const column of columns) {
    const order = compareValues(a[column] ?? null, b[column] ?? null)
    if (order !== 0) return order
  }
  return 0
}

function compareValues(a: ColumnValue, b: ColumnValue): number {
  if (a === b) return 0
  const areNumbers = isNumeric(a) && isNumeric(b)
  const isLess = areNumbers ? a < b : String(a) < String(b)
  return isLess ? -1 : 1
}

function isNumeric(value: ColumnValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
