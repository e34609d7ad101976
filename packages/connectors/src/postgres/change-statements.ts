/** The SQL of batched changes and of page-wise scans. Rows travel as one array of texts per column. */
import { assert, type Row, type RowChange, type ScanPage } from 'streamcore'
import { quoteName } from './sql-names.js'
import type { SqlParameter } from './sql-session.js'
import { type CatalogTable, parameterOf } from './table-catalog.js'

/** A statement with its parameters. */
export interface Statement {
  readonly text: string
  readonly parameters: readonly SqlParameter[]
}

/** One statement for changes of one kind to different rows of one table. */
export function changeStatement(table: CatalogTable, changes: readonly RowChange[]): Statement {
  const [first] = changes
  assert(first !== undefined, 'a statement changes at least one row')
  return first.kind === 'upsert' ? upsertStatement(table, changes) : deleteStatement(table, changes)
}

function upsertStatement(table: CatalogTable, changes: readonly RowChange[]): Statement {
  const { columns, primaryKey, versionColumn } = table.description
  const updated = columns.filter((column) => !primaryKey.includes(column))
  const version = quoteName(versionColumn)
  const text = `insert into ${table.sqlName} as t (${nameList(columns)})
    select ${castList(table, columns)} from ${unnested(columns)}
    on conflict (${nameList(primaryKey)}) do update
    set ${updated.map((column) => `${quoteName(column)} = excluded.${quoteName(column)}`).join(', ')}
    where t.${version} < excluded.${version}`
  return { text, parameters: arraysOf(columns, changes) }
}

function deleteStatement(table: CatalogTable, changes: readonly RowChange[]): Statement {
  const { primaryKey, versionColumn } = table.description
  const columns = [...primaryKey, versionColumn]
  const sameKey = primaryKey.map((column) => `t.${quoteName(column)} = d.${quoteName(column)}`).join(' and ')
  const version = quoteName(versionColumn)
  const text = `delete from ${table.sqlName} as t
    using (select ${castList(table, columns, true)} from ${unnested(columns)}) as d
    where ${sameKey} and t.${version} < d.${version}`
  return { text, parameters: arraysOf(columns, changes) }
}

/** A page of a table in primary key order; every column is selected as text. */
export function scanStatement(table: CatalogTable, { after, limit }: ScanPage): Statement {
  const { columns, primaryKey } = table.description
  const texts = columns.map((column) => `t.${quoteName(column)}::text as ${quoteName(column)}`).join(', ')
  const keys = primaryKey.map((column) => `t.${quoteName(column)}`).join(', ')
  const limitIndex = after ? primaryKey.length + 1 : 1
  const bounds = primaryKey.map((column, index) => `$${index + 1}::text::${table.typeOf(column)}`).join(', ')
  const text = `select ${texts} from ${table.sqlName} as t ${after ? `where (${keys}) > (${bounds})` : ''}
    order by ${keys} limit $${limitIndex}::text::bigint`
  const parameters = after ? primaryKey.map((column) => valueOf(after, column)) : []
  return { text, parameters: [...parameters, String(limit)] }
}

function nameList(columns: readonly string[]): string {
  return columns.map(quoteName).join(', ')
}

function castList(table: CatalogTable, columns: readonly string[], isNamed = false): string {
  const casts = columns.map((column, index) => {
    const cast = `x.c${index}::${table.typeOf(column)}`
    return isNamed ? `${cast} as ${quoteName(column)}` : cast
  })
  return casts.join(', ')
}

function unnested(columns: readonly string[]): string {
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(', ')
  return `unnest(${arrays}) as x(${columns.map((_, index) => `c${index}`).join(', ')})`
}

function arraysOf(columns: readonly string[], changes: readonly RowChange[]): readonly SqlParameter[] {
  return columns.map((column) => changes.map(({ row }) => valueOf(row, column)))
}

function valueOf(row: Row, column: string): string | null {
  return parameterOf(row[column] ?? null)
}
