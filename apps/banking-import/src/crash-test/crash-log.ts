/** A log that the target itself writes: every version anybody tried to write, so that a second attempt shows, guarded or not. */
import type { SqlDatabase } from '@streamcore/connectors/postgres'
import type { Model } from '../model/model.js'

/** Where the tables are. */
export interface LoggedTarget {
  readonly sql: SqlDatabase
  readonly model: Model
  readonly schema: string | undefined
}

/**
 * Creates log and triggers where they are missing. A `before insert` trigger fires for every row that is proposed, also where
 * `on conflict` then updates or ignores it.
 */
export async function createCrashLog({ sql, model, schema }: LoggedTarget): Promise<void> {
  const log = qualified('crash_log', schema)
  const note = qualified('crash_note', schema)
  const markers = qualified('streamcore_markers', schema)
  await sql.query(
    `create table if not exists ${log} (entity text, id text, version bigint, operation text, after_checkpoint bigint)`,
  )
  await sql.query(`create or replace function ${note}() returns trigger language plpgsql as $body$
    declare row_json jsonb; id_json jsonb;
    begin
      if tg_op = 'DELETE' then row_json := to_jsonb(old); else row_json := to_jsonb(new); end if;
      select jsonb_agg(row_json -> name) into id_json from jsonb_array_elements_text(tg_argv[1]::jsonb) as name;
      insert into ${log} values (tg_argv[0], id_json::text, (row_json ->> tg_argv[2])::bigint, tg_op,
        (select max(checkpoint_id) from ${markers}));
      if tg_op = 'DELETE' then return old; end if;
      return new;
    end $body$`)
  for (const { name, table, id, versionColumn } of model.entities) {
    const parameters = [name, JSON.stringify(id), versionColumn].map(literal).join(', ')
    await sql.query(
      `create or replace trigger crash_note before insert or delete on ${qualified(table, schema)} for each row execute function ${note}(${parameters})`,
    )
  }
}

/** A version that was written more than once. */
export interface DoubledVersion {
  readonly entity: string
  readonly id: string
  readonly version: string
  readonly times: number
}

/** All versions that were written more than once, and how many attempts there were in all. */
export async function readCrashLog({ sql, schema }: Pick<LoggedTarget, 'sql' | 'schema'>): Promise<{
  readonly attempts: number
  readonly doubled: readonly DoubledVersion[]
}> {
  const log = qualified('crash_log', schema)
  const { rows: all } = await sql.query(`select count(*)::text as attempts from ${log}`)
  const { rows } = await sql.query(
    `select entity, id, version::text as version, count(*)::text as times from ${log}
     group by entity, id, version, operation having count(*) > 1 order by entity, id`,
  )
  const doubled = rows.map((row) => ({
    entity: String(row['entity']),
    id: String(row['id']),
    version: String(row['version']),
    times: Number(row['times']),
  }))
  return { attempts: Number(all[0]?.['attempts'] ?? 0), doubled }
}

function qualified(name: string, schema: string | undefined): string {
  return schema === undefined ? quoted(name) : `${quoted(schema)}.${quoted(name)}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
