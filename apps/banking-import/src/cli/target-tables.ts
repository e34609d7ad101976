/** Questions to the tables of a target, and the end of an older lineage in them. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { Row } from 'streamcore'
import { coalescedTable } from '../model/coalesced-table.js'
import { tableOf } from '../model/table.js'
import { type ImportServices, qualified } from './import-services.js'
import type { StateFolder } from './state-folder.js'

/** Rows per entity. */
export async function countRowsByEntity({
  sql,
  model,
  schema,
}: Pick<ImportServices, 'sql' | 'model' | 'schema'>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { name, table } of model.entities) {
    const { rows } = await sql.query(`select count(*)::text as rows from ${qualified(table, schema)}`)
    counts.set(name, Number(rows[0]?.['rows'] ?? 0))
  }
  return counts
}

/** Rows in all tables. */
export async function countRows(services: Pick<ImportServices, 'sql' | 'model' | 'schema'>): Promise<number> {
  return [...(await countRowsByEntity(services)).values()].reduce((sum, each) => sum + each, 0)
}

/** The highest number a delivery has given to a row; entities with versions of their own do not count. */
export async function highestVersion({ sql, model, schema }: ImportServices): Promise<number> {
  let highest = 0
  for (const { sequence, table, versionColumn } of model.entities) {
    if (sequence !== undefined) continue
    const column = `"${versionColumn.replaceAll('"', '""')}"`
    const { rows } = await sql.query(
      `select max(${column})::text as version from ${qualified(table, schema)}`,
    )
    highest = Math.max(highest, Number(rows[0]?.['version'] ?? 0))
  }
  return highest
}

/** How often the database refused a row because of a foreign key, although nothing it refers to had been refused. */
export async function countForeignKeyViolations({ sql, schema, jobId }: ImportServices): Promise<number> {
  if (!(await exists(sql, qualified('streamcore_rejected', schema)))) return 0
  const { rows } = await sql.query(
    `select count(*)::text as violations from ${qualified('streamcore_rejected', schema)} where code = '23503' and job_id = $1::text`,
    [jobId],
  )
  return Number(rows[0]?.['violations'] ?? 0)
}

/** Versions that a later one of the same transaction replaced. */
export async function countCoalesced({
  sql,
  schema,
}: Pick<ImportServices, 'sql' | 'schema'>): Promise<number> {
  const { rows } = await sql.query(
    `select count(*)::text as coalesced from ${qualified(coalescedTable.table, schema)}`,
  )
  return Number(rows[0]?.['coalesced'] ?? 0)
}

/** Takes away the markers of the job, so that a new state begins a new lineage and whoever still runs the old one is fenced. */
export async function forgetLineage({ sql, schema, jobId }: ImportServices): Promise<void> {
  const markers = qualified('streamcore_markers', schema)
  if (!(await exists(sql, markers))) return
  await sql.query(`delete from ${markers} where job_id = $1::text`, [jobId])
}

async function exists(sql: ImportServices['sql'], table: string): Promise<boolean> {
  const { rows } = await sql.query('select to_regclass($1::text)::text as name', [table])
  return typeof rows[0]?.['name'] === 'string'
}

const pageRows = 1_000

/** All rows of the target, table by table. */
export async function* allRows({
  target,
  model,
}: Pick<ImportServices, 'target' | 'model'>): AsyncGenerator<{ readonly entity: string; readonly row: Row }> {
  for (const entity of model.entities) {
    const table = tableOf(model, entity)
    for (let after: Row | undefined; ; ) {
      const page = await target.scan(table, { limit: pageRows, ...(after === undefined ? {} : { after }) })
      for (const row of page) yield { entity: entity.name, row }
      const last = page.at(-1)
      if (last === undefined || page.length < pageRows) break
      after = Object.fromEntries(entity.id.map((column) => [column, last[column] ?? null]))
    }
  }
}

/** Writes down what the target held before an import. */
export async function keepRowsBefore(folder: StateFolder, services: ImportServices): Promise<void> {
  const file = openSync(folder.rowsBefore, 'w', 0o600)
  try {
    for await (const each of allRows(services)) writeSync(file, `${JSON.stringify(each)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
