/** A relational target in memory that passes the contract suite of the real ones, can be reached over a faulty wire, and remembers what oracles ask. */
import { type CommitFence, claimedFence, committedFence, markerOf } from '../contracts/commit-fence.js'
import { relationalConnection } from '../contracts/connection-kinds.js'
import type { Connection } from '../contracts/connection.js'
import { StreamcoreError } from '../contracts/errors.js'
import type {
  ApplyReport,
  RejectedChange,
  RelationalSink,
  RelationalSinkId,
  Row,
  RowChange,
  ScanPage,
  TableDescription,
} from '../contracts/ports/relational-sink.js'
import { parentKeysOf, parentRejectedCode, rejectedTable, rowKeyOf } from '../contracts/rejected-table.js'
import type { CommitMarker } from '../contracts/sink.js'
import { type SimulatedClientOptions, simulatedCall } from './simulated-link.js'
import { compareKeys, type SimulatedTable, SimulatedTables } from './simulated-tables.js'

/** A change that took effect, for oracles. */
export interface SimulatedWrite {
  readonly kind: RowChange['kind']
  readonly table: string
  /** As `rowKeyOf` writes it. */
  readonly rowKey: string
  readonly version: number
  readonly checkpointId: number
}

/** What oracles look at. */
export interface SimulatedDatabaseHistory {
  /** All changes that took effect, in their order. */
  readonly writes: readonly SimulatedWrite[]
  readonly markers: readonly CommitMarker[]
  /** Changes refused because a row they refer to was missing, or because rows referred to what they delete. */
  readonly foreignKeyViolations: number
  /** Changes without effect because the row was newer already. */
  readonly guarded: number
}

/** What the server holds; it outlives every client. */
interface Database {
  readonly tables: SimulatedTables
  readonly described: Map<string, TableDescription>
  readonly fences: Map<string, CommitFence>
  /** Rows that were refused: table and key. */
  readonly rejectedRows: Set<string>
  readonly writes: SimulatedWrite[]
  readonly markers: CommitMarker[]
  foreignKeyViolations: number
  guarded: number
}

/** The simulated database. All clients made by {@link SimulatedRelationalSink.connect} share one server. */
export class SimulatedRelationalSink implements RelationalSink {
  readonly #database: Database
  readonly #client: SimulatedClientOptions

  /** A database with these tables, empty. */
  constructor(tables: readonly SimulatedTable[], client: SimulatedClientOptions = {}, database?: Database) {
    this.#client = client
    this.#database = database ?? {
      tables: new SimulatedTables([...tables, rejectedTable]),
      described: new Map(),
      fences: new Map(),
      rejectedRows: new Set(),
      writes: [],
      markers: [],
      foreignKeyViolations: 0,
      guarded: 0,
    }
  }

  /** A client of the same server, such as one for each incarnation of a job. */
  connect(client: SimulatedClientOptions): SimulatedRelationalSink {
    return new SimulatedRelationalSink([], client, this.#database)
  }

  /** This client as a connection of a job. */
  connection(address = 'simulated database'): Connection {
    return relationalConnection.connection(address, () => Promise.resolve(this))
  }

  history(): SimulatedDatabaseHistory {
    return this.#database
  }

  /** All rows of a table in primary key order, read past the wire. */
  rowsOf(table: string): readonly Row[] {
    return this.#database.tables.rowsOf(table)
  }

  prepare(tables: readonly TableDescription[]): Promise<void> {
    return this.#call(() => {
      for (const table of tables) checkDescription(table, this.#database.tables.schemaOf(table.table))
      for (const table of tables) this.#database.described.set(table.table, table)
    })
  }

  claim(sink: RelationalSinkId, epoch: number): Promise<CommitMarker | undefined> {
    return this.#call(() => {
      const key = fenceKey(sink)
      const fence = this.#database.fences.get(key)
      this.#database.fences.set(key, claimedFence(fence, sink, epoch))
      return markerOf(fence, sink)
    })
  }

  apply(marker: CommitMarker, changes: readonly RowChange[]): Promise<ApplyReport> {
    const copies = changes.map((change) => ({ ...change, row: { ...change.row } }))
    return this.#call(() => this.#transact(marker, copies))
  }

  scan(table: TableDescription, page: ScanPage): Promise<readonly Row[]> {
    return this.#call(() => {
      const rows = this.#database.tables.rowsOf(table.table)
      const { after } = page
      // Binary search would be quicker; a page of a simulated table is small.
      const first = after ? rows.findIndex((row) => compareKeys(row, after, table.primaryKey) > 0) : 0
      const found = first < 0 ? [] : rows.slice(first, first + page.limit)
      return found.map((row) =>
        Object.fromEntries(table.columns.map((column) => [column, row[column] ?? null])),
      )
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #call<T>(apply: () => T): Promise<T> {
    return await simulatedCall(this.#client, { isRepeatable: true, apply })
  }

  #transact(marker: CommitMarker, changes: readonly RowChange[]): ApplyReport {
    const key = fenceKey(marker)
    const fence = committedFence(this.#database.fences.get(key), marker)
    if (!fence) return { applied: 0, guarded: 0, rejected: [] }
    for (const { table } of changes) {
      if (!this.#database.described.has(table)) throw notPrepared(table)
    }
    const rejected: RejectedChange[] = []
    let applied = 0
    for (const change of changes) {
      const refusal = this.#write(marker, change)
      if (refusal === 'applied') applied++
      else if (refusal !== 'guarded') rejected.push(refusal)
    }
    for (const [ordinal, refusal] of rejected.entries()) this.#storeRejected(marker, ordinal, refusal)
    this.#database.fences.set(key, fence)
    this.#database.markers.push(marker)
    return { applied, guarded: changes.length - applied - rejected.length, rejected }
  }

  #write(marker: CommitMarker, change: RowChange): 'applied' | 'guarded' | RejectedChange {
    const database = this.#database
    const outcome = database.tables.write(change)
    const rowKey = rowKeyOf(change.row, database.described.get(change.table)?.primaryKey ?? []) ?? 'null'
    switch (outcome.kind) {
      case 'applied':
        database.writes.push({
          kind: change.kind,
          table: change.table,
          rowKey,
          version: change.version,
          checkpointId: marker.checkpointId,
        })
        return 'applied'
      case 'guarded':
        database.guarded++
        return 'guarded'
      case 'refused': {
        const isForeignKey = outcome.code === '23503'
        if (isForeignKey) database.foreignKeyViolations++
        const isOrphan = isForeignKey && this.#hasRejectedParent(change)
        database.rejectedRows.add(`${change.table} ${rowKey}`)
        return { change, code: isOrphan ? parentRejectedCode : outcome.code, reason: outcome.reason }
      }
    }
  }

  #hasRejectedParent(change: RowChange): boolean {
    const { described, rejectedRows } = this.#database
    return parentKeysOf(change, described).some(({ table, rowKey }) => rejectedRows.has(`${table} ${rowKey}`))
  }

  #storeRejected(marker: CommitMarker, ordinal: number, { change, code, reason }: RejectedChange): void {
    const row: Row = {
      job_id: marker.jobId,
      sink_uid: marker.sinkUid,
      checkpoint_id: marker.checkpointId,
      ordinal,
      place: change.place,
      table_name: change.table,
      kind: change.kind,
      row_key: rowKeyOf(change.row, this.#database.described.get(change.table)?.primaryKey ?? []) ?? null,
      version: change.version,
      row_json: JSON.stringify(change.row, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
      code,
      reason,
    }
    const version = marker.checkpointId
    this.#database.tables.write({
      kind: 'upsert',
      table: rejectedTable.table,
      row,
      version,
      place: change.place,
    })
  }
}

function fenceKey(sink: RelationalSinkId): string {
  return JSON.stringify([sink.jobId, sink.sinkUid])
}

function notPrepared(table: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected table '${table}' to be given to prepare(), got a change of it`,
  )
}

function checkDescription(table: TableDescription, schema: SimulatedTable | undefined): void {
  if (!schema)
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected table '${table.table}' in the database, got none`,
    )
  const unknown = [...table.columns, ...table.primaryKey, table.versionColumn].find(
    (column) => !schema.columns.includes(column),
  )
  if (unknown !== undefined) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected table '${table.table}' to have a column '${unknown}', got none`,
    )
  }
  if (table.primaryKey.join() !== schema.primaryKey.join()) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected the primary key of table '${table.table}' to be (${table.primaryKey.join(', ')}), got (${schema.primaryKey.join(', ')})`,
    )
  }
}
