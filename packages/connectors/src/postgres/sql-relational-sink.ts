/** The relational sink over SQL: the same for PostgreSQL and PGlite. */
import {
  type ApplyReport,
  assert,
  type CommitMarker,
  claimedFence,
  committedFence,
  markerOf,
  type RelationalSink,
  type RelationalSinkId,
  type Row,
  type RowChange,
  type ScanPage,
  StreamcoreError,
  type TableDescription,
} from 'streamcore'
import { applyChanges } from './apply-changes.js'
import { Bookkeeping } from './bookkeeping.js'
import { scanStatement } from './change-statements.js'
import { describeSqlFailure } from './sql-errors.js'
import { type SqlDatabase, textOf } from './sql-session.js'
import { type CatalogTable, columnValueOf, loadCatalogTable } from './table-catalog.js'

/** Options of {@link SqlRelationalSink}. */
export interface SqlRelationalSinkOptions {
  /** The schema of all tables; the database's search path decides where none is given. */
  readonly schema?: string | undefined
}

/** One writer: rows, rejected changes and marker of a checkpoint stand in one transaction. */
export class SqlRelationalSink implements RelationalSink {
  readonly #database: SqlDatabase
  readonly #schema: string | undefined
  readonly #bookkeeping: Bookkeeping
  readonly #tables = new Map<string, CatalogTable>()
  /** Tables that are only read, such as that of rejected changes. */
  readonly #scanned = new Map<TableDescription, CatalogTable>()

  /** Takes over a database, which the sink closes in the end. */
  constructor(database: SqlDatabase, options: SqlRelationalSinkOptions = {}) {
    this.#database = database
    this.#schema = options.schema
    this.#bookkeeping = new Bookkeeping(options.schema)
  }

  prepare(tables: readonly TableDescription[]): Promise<void> {
    return this.#guarded(async () => {
      await this.#database.transaction((session) => this.#bookkeeping.create(session))
      for (const table of tables) {
        this.#tables.set(table.table, await loadCatalogTable(this.#database, table, this.#schema))
      }
    })
  }

  claim(sink: RelationalSinkId, epoch: number): Promise<CommitMarker | undefined> {
    return this.#guarded(() =>
      this.#database.transaction(async (session) => {
        await this.#bookkeeping.insertFence(session, sink)
        const fence = await this.#bookkeeping.lockFence(session, sink)
        await this.#bookkeeping.writeFence(session, sink, claimedFence(fence, sink, epoch))
        return markerOf(fence, sink)
      }),
    )
  }

  apply(marker: CommitMarker, changes: readonly RowChange[]): Promise<ApplyReport> {
    return this.#guarded(async () => {
      for (const change of changes) this.#checkChange(change)
      return await this.#database.transaction(async (session) => {
        const fence = committedFence(await this.#bookkeeping.lockFence(session, marker), marker)
        if (!fence) return { applied: 0, guarded: 0, rejected: [] }
        // A deferred constraint would fail at the commit, where no row could be set aside.
        await session.query('set constraints all immediate')
        const wasRejected = (parent: { table: string; rowKey: string }) =>
          this.#bookkeeping.wasRejected(session, parent)
        const outcome = await applyChanges({ session, tables: this.#tables, wasRejected }, changes)
        await this.#bookkeeping.storeRejected(session, marker, outcome.rejected, this.#tables)
        await this.#bookkeeping.writeFence(session, marker, fence)
        return outcome
      })
    })
  }

  scan(table: TableDescription, page: ScanPage): Promise<readonly Row[]> {
    return this.#guarded(async () => {
      const catalog = await this.#catalogOf(table)
      const { text, parameters } = scanStatement(catalog, page)
      const { rows } = await this.#database.query(text, parameters)
      return rows.map((row) => {
        const value = (column: string) => columnValueOf(textOf(row, column), catalog.typeOf(column))
        return Object.fromEntries(table.columns.map((column) => [column, value(column)]))
      })
    })
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  async #catalogOf(table: TableDescription): Promise<CatalogTable> {
    const known = this.#scanned.get(table)
    if (known) return known
    const loaded = await loadCatalogTable(this.#database, table, this.#schema)
    this.#scanned.set(table, loaded)
    return loaded
  }

  #checkChange({ table, row, kind, version }: RowChange): void {
    const description = this.#tables.get(table)?.description
    if (!description) {
      const message = `Expected table '${table}' to be given to prepare(), got a change of it; add its description`
      throw new StreamcoreError('STREAMCORE_CONFIG', message)
    }
    const needed = kind === 'upsert' ? description.columns : description.primaryKey
    const missing = needed.find((column) => row[column] === undefined)
    assert(missing === undefined, `a change of table '${table}' has a value for '${missing}', be it null`)
    assert(
      Number(row[description.versionColumn]) === version,
      `a change of table '${table}' has its version in its row`,
    )
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw describeSqlFailure(error, this.#database.address)
    }
  }
}
