/** The sink's own tables: who may commit and which checkpoint the database holds, and the changes it refused. */
import {
  type CommitFence,
  type CommitMarker,
  type RejectedChange,
  type RelationalSinkId,
  rejectedTable,
  rowKeyOf,
  type TableDescription,
} from 'streamcore'
import { quoteName, quoteTable } from './sql-names.js'
import { type SqlSession, textOf } from './sql-session.js'

/** Most rejected changes stored by one statement. */
const rejectedPerStatement = 1_000

/** Reads and writes the bookkeeping tables of one schema. */
export class Bookkeeping {
  readonly #markers: string
  readonly #rejected: string

  constructor(schema: string | undefined) {
    this.#markers = quoteTable('streamcore_markers', schema)
    this.#rejected = quoteTable(rejectedTable.table, schema)
  }

  /** Creates the tables where they are missing. */
  async create(session: SqlSession): Promise<void> {
    // Two sinks that start at once would both try to create; `if not exists` does not protect from that.
    await session.query("select pg_advisory_xact_lock(hashtext('streamcore bookkeeping'))")
    await session.query(`create table if not exists ${this.#markers} (job_id text, sink_uid text, epoch bigint not null,
      checkpoint_id bigint, made_by bigint, primary key (job_id, sink_uid))`)
    await session.query(`create table if not exists ${this.#rejected} (job_id text, sink_uid text, checkpoint_id bigint,
      ordinal integer, place text not null, table_name text not null, kind text not null, row_key text, version bigint,
      row_json text not null, code text not null, reason text not null,
      primary key (job_id, sink_uid, checkpoint_id, ordinal))`)
    const index = quoteName(`${rejectedTable.table}_row`)
    await session.query(`create index if not exists ${index} on ${this.#rejected} (table_name, row_key)`)
  }

  /** Locks and reads a sink's fence; undefined when nobody ever claimed. */
  async lockFence(
    session: SqlSession,
    { jobId, sinkUid }: RelationalSinkId,
  ): Promise<CommitFence | undefined> {
    const { rows } = await session.query(
      `select epoch::text, checkpoint_id::text, made_by::text from ${this.#markers}
       where job_id = $1::text and sink_uid = $2::text for update`,
      [jobId, sinkUid],
    )
    const [row] = rows
    if (!row) return undefined
    const checkpointId = textOf(row, 'checkpoint_id')
    const madeBy = textOf(row, 'made_by')
    const isCommitted = checkpointId !== null && madeBy !== null
    return {
      epoch: Number(textOf(row, 'epoch')),
      committed: isCommitted ? { checkpointId: Number(checkpointId), madeBy: Number(madeBy) } : undefined,
    }
  }

  /** Makes sure that there is a row to lock, so that two first claims do not pass each other. */
  async insertFence(session: SqlSession, { jobId, sinkUid }: RelationalSinkId): Promise<void> {
    await session.query(
      `insert into ${this.#markers} (job_id, sink_uid, epoch) values ($1::text, $2::text, 0) on conflict do nothing`,
      [jobId, sinkUid],
    )
  }

  async writeFence(
    session: SqlSession,
    { jobId, sinkUid }: RelationalSinkId,
    fence: CommitFence,
  ): Promise<void> {
    const { epoch, committed } = fence
    await session.query(
      `update ${this.#markers} set epoch = $3::text::bigint, checkpoint_id = $4::text::bigint, made_by = $5::text::bigint
       where job_id = $1::text and sink_uid = $2::text`,
      [
        jobId,
        sinkUid,
        String(epoch),
        committed ? String(committed.checkpointId) : null,
        committed ? String(committed.madeBy) : null,
      ],
    )
  }

  /** Whether a row was ever refused. */
  async wasRejected(
    session: SqlSession,
    parent: { readonly table: string; readonly rowKey: string },
  ): Promise<boolean> {
    const { rows } = await session.query(
      `select 1 from ${this.#rejected} where table_name = $1::text and row_key = $2::text limit 1`,
      [parent.table, parent.rowKey],
    )
    return rows.length > 0
  }

  async storeRejected(
    session: SqlSession,
    marker: CommitMarker,
    rejected: readonly RejectedChange[],
    tables: ReadonlyMap<string, { readonly description: TableDescription }>,
  ): Promise<void> {
    for (let start = 0; start < rejected.length; start += rejectedPerStatement) {
      const page = rejected.slice(start, start + rejectedPerStatement)
      const columns = rejectedColumns(page, start, tables)
      await session.query(
        `insert into ${this.#rejected} (job_id, sink_uid, checkpoint_id, ordinal, place, table_name, kind, row_key, version, row_json, code, reason)
         select $1::text, $2::text, $3::text::bigint, x.ordinal::integer, x.place, x.table_name, x.kind, x.row_key,
           x.version::bigint, x.row_json, x.code, x.reason
         from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
           as x(ordinal, place, table_name, kind, row_key, version, row_json, code, reason)`,
        [marker.jobId, marker.sinkUid, String(marker.checkpointId), ...columns],
      )
    }
  }
}

function rejectedColumns(
  rejected: readonly RejectedChange[],
  firstOrdinal: number,
  tables: ReadonlyMap<string, { readonly description: TableDescription }>,
): readonly (readonly (string | null)[])[] {
  const keyOf = ({ change }: RejectedChange) =>
    rowKeyOf(change.row, tables.get(change.table)?.description.primaryKey ?? []) ?? null
  return [
    rejected.map((_, index) => String(firstOrdinal + index)),
    rejected.map(({ change }) => withoutNul(change.place)),
    rejected.map(({ change }) => change.table),
    rejected.map(({ change }) => change.kind),
    rejected.map(keyOf),
    rejected.map(({ change }) => String(change.version)),
    rejected.map(({ change }) => JSON.stringify(change.row, bigintAsText)),
    rejected.map(({ code }) => code),
    rejected.map(({ reason }) => withoutNul(reason)),
  ]
}

// PostgreSQL keeps no NUL in texts; refusing the note of a refused row would stop the job.
function withoutNul(text: string): string {
  return text.replaceAll('\0', '\\0')
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
