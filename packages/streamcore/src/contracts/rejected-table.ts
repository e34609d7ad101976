/** The table in which a relational target keeps the changes it refused; it can be scanned like any other. */
import type { RowChange, TableDescription } from './ports/relational-sink.js'

/** Code of a change whose parent row was refused, in this transaction or an earlier one. */
export const parentRejectedCode = 'parent-rejected'

/** `streamcore_rejected`: one row per refused change, written in the transaction of its checkpoint. */
export const rejectedTable: TableDescription = Object.freeze({
  table: 'streamcore_rejected',
  columns: [
    'job_id',
    'sink_uid',
    'checkpoint_id',
    'ordinal',
    'place',
    'table_name',
    'kind',
    'row_key',
    'version',
    'row_json',
    'code',
    'reason',
  ],
  primaryKey: ['job_id', 'sink_uid', 'checkpoint_id', 'ordinal'],
  versionColumn: 'version',
  foreignKeys: [],
})

/** The identity of a row by the values of its key columns; numbers and their texts are the same key. Undefined when one is null. */
export function rowKeyOf(row: RowChange['row'], columns: readonly string[]): string | undefined {
  const values = columns.map((column) => row[column])
  if (values.some((value) => value === null || value === undefined)) return undefined
  return JSON.stringify(values.map(String))
}

/** The keys of the rows a change refers to, by table, as {@link rowKeyOf} writes them; references to other columns than a primary key are left out. */
export function parentKeysOf(
  change: RowChange,
  tables: ReadonlyMap<string, TableDescription>,
): readonly { readonly table: string; readonly rowKey: string }[] {
  if (change.kind === 'delete') return []
  const foreignKeys = tables.get(change.table)?.foreignKeys ?? []
  return foreignKeys.flatMap(({ columns, table, referencedColumns }) => {
    const primaryKey = tables.get(table)?.primaryKey ?? []
    const own = primaryKey.map((name) => columns[referencedColumns.indexOf(name)])
    const named = own.filter((name) => name !== undefined)
    if (named.length !== columns.length || named.length !== own.length) return []
    const rowKey = rowKeyOf(change.row, named)
    return rowKey === undefined ? [] : [{ table, rowKey }]
  })
}
