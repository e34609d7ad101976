/** What the database's catalog says about a described table; a description that does not fit is refused before the first row. */
import { type ColumnValue, StreamcoreError, type TableDescription } from 'streamcore'
import { quoteName, quoteTable } from './sql-names.js'
import { type SqlSession, textOf } from './sql-session.js'

/** A described table with the types of its columns. */
export interface CatalogTable {
  readonly description: TableDescription
  /** The quoted name. */
  readonly sqlName: string
  /** Type of a column as it stands in a cast. Without a length: a cast to `varchar(3)` would cut the text off. */
  typeOf(column: string): string
}

/** Reads a table from the catalog. @throws StreamcoreError `STREAMCORE_CONFIG` naming table and column */
export async function loadCatalogTable(
  session: SqlSession,
  description: TableDescription,
  schema: string | undefined,
): Promise<CatalogTable> {
  const { table, columns, primaryKey, versionColumn } = description
  const sqlName = quoteTable(table, schema)
  const types = await loadTypes(session, sqlName)
  if (types.size === 0) {
    throw misfit(table, `a table ${sqlName}`, 'none', 'create it first')
  }
  for (const column of new Set([...columns, ...primaryKey, versionColumn])) {
    quoteName(column)
    if (!types.has(column)) throw misfit(table, `a column '${column}'`, [...types.keys()].join(', '))
    if (!columns.includes(column))
      throw misfit(table, `'${column}' among the described columns`, columns.join(', '))
  }
  const actualKey = await loadPrimaryKey(session, sqlName)
  if ([...primaryKey].sort().join() !== [...actualKey].sort().join()) {
    throw misfit(table, `the primary key (${primaryKey.join(', ')})`, `(${actualKey.join(', ')})`)
  }
  if (primaryKey.includes(versionColumn))
    throw misfit(table, 'a version outside of the primary key', versionColumn)
  return { description, sqlName, typeOf: (column) => types.get(column) ?? 'text' }
}

async function loadTypes(session: SqlSession, sqlName: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await session.query(
    `select a.attname::text as name, format_type(a.atttypid, -1) as type from pg_attribute a
     where a.attrelid = to_regclass($1::text) and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [sqlName],
  )
  return new Map(rows.map((row) => [textOf(row, 'name') ?? '', textOf(row, 'type') ?? '']))
}

async function loadPrimaryKey(session: SqlSession, sqlName: string): Promise<readonly string[]> {
  const { rows } = await session.query(
    `select a.attname::text as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
     where i.indrelid = to_regclass($1::text) and i.indisprimary`,
    [sqlName],
  )
  return rows.map((row) => textOf(row, 'name') ?? '')
}

function misfit(
  table: string,
  expected: string,
  got: string,
  advice = 'correct the description',
): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected ${expected} for the described table '${table}', got ${got}; ${advice}`,
  )
}

const wholeNumbers = new Set(['smallint', 'integer', 'bigint', 'oid'])
const floats = new Set(['real', 'double precision'])

/** A value that was selected as text: numbers and booleans as such, all else (numeric, dates, times) as text. */
export function columnValueOf(text: string | null, type: string): ColumnValue {
  if (text === null) return null
  if (type === 'boolean') return text === 'true' || text === 't'
  if (floats.has(type)) return Number(text)
  if (!wholeNumbers.has(type)) return text
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** A value as text for a parameter. */
export function parameterOf(value: ColumnValue): string | null {
  return value === null ? null : String(value)
}
