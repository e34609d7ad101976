/** A relational target above SQL: PostgreSQL, PGlite, and the simulated twin. One writer, one transaction per checkpoint. */
import type { CommitMarker } from '../sink.js'

/** A value of a column. */
export type ColumnValue = string | number | bigint | boolean | null

/** Column name → value. */
export type Row = Readonly<Record<string, ColumnValue>>

/** A table as the sink must know it. Names are checked against the database when it opens. */
export interface TableDescription {
  readonly table: string
  readonly columns: readonly string[]
  readonly primaryKey: readonly string[]
  /** The column that holds the version; an older version never replaces a newer one. */
  readonly versionColumn: string
  /** Foreign keys: own columns → referenced table and columns. */
  readonly foreignKeys: readonly TableForeignKey[]
}

/** A reference from one table to another. */
export interface TableForeignKey {
  readonly columns: readonly string[]
  readonly table: string
  readonly referencedColumns: readonly string[]
}

/** One change of one row. `row` holds all columns for an upsert, primary key and version for a delete. */
export interface RowChange {
  readonly kind: 'upsert' | 'delete'
  readonly table: string
  readonly row: Row
  readonly version: number
  /** The record's origin, kept for the reject table: `topic account, partition 2, offset 15`. */
  readonly place: string
}

/** A change the database refused, as stored in `streamcore_rejected`. */
export interface RejectedChange {
  readonly change: RowChange
  /** SQLSTATE (`23505`, …) or `parent-rejected`. */
  readonly code: string
  readonly reason: string
}

/** What a transaction did. */
export interface ApplyReport {
  readonly applied: number
  /** Changes without effect because the row is newer already. */
  readonly guarded: number
  readonly rejected: readonly RejectedChange[]
}

/** Who writes transactionally. */
export interface RelationalSinkId {
  readonly jobId: string
  readonly sinkUid: string
}

/** The target database. */
export interface RelationalSink {
  /** Creates the bookkeeping tables and checks the described tables; fails with `STREAMCORE_CONFIG` naming table and column. */
  prepare(tables: readonly TableDescription[]): Promise<void>
  /** Fences every lower epoch of this job's sink and gives its last marker. */
  claim(sink: RelationalSinkId, epoch: number): Promise<CommitMarker | undefined>
  /**
   * Applies the changes in the given order and writes the marker, in one transaction. A change the database rejects is
   * isolated and stored as rejected in the same transaction; later changes whose parent was rejected become `parent-rejected`.
   * Fails with `STREAMCORE_FENCED` when a higher epoch has claimed. Any other failure leaves the outcome unknown.
   */
  apply(marker: CommitMarker, changes: readonly RowChange[]): Promise<ApplyReport>
  /** Rows of a table in primary key order, after `after` (a full primary key) where given; for bootstrap and comparison. */
  scan(table: TableDescription, page: ScanPage): Promise<readonly Row[]>
  close(): Promise<void>
}

/** One page of a table scan. */
export interface ScanPage {
  readonly after?: Row
  readonly limit: number
}
