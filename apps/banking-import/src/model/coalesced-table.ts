/** The table of versions that a later version of the same transaction replaced: the one fate that only the writer knows. */
import type { RowChange, TableDescription } from 'streamcore'
import type { RecordKey } from './record-key.js'

/** `import_coalesced`; it belongs to every target. */
export const coalescedTable: TableDescription = {
  table: 'import_coalesced',
  columns: ['record_key', 'record_version', 'place', 'import_version'],
  primaryKey: ['record_key', 'record_version'],
  versionColumn: 'import_version',
  foreignKeys: [],
}

/** Its statement. */
export const createCoalescedTable =
  'create table if not exists "import_coalesced" ("record_key" text not null, "record_version" bigint not null, ' +
  '"place" text not null, "import_version" bigint not null, primary key ("record_key", "record_version"))'

/** The row that tells of a replaced change. */
export function coalescedRow(key: RecordKey, { version, place }: RowChange): RowChange {
  const row = { record_key: key, record_version: version, place, import_version: version }
  return { kind: 'upsert', table: coalescedTable.table, row, version, place }
}
