/** Applies changes inside a transaction; rows that the database refuses are found by halving and set aside. */
import { parentKeysOf, parentRejectedCode, type RejectedChange, type RowChange, rowKeyOf } from 'streamcore'
import { changeRuns } from './change-runs.js'
import { changeStatement } from './change-statements.js'
import { isRowFailure, rowFailureReason, sqlStateOf } from './sql-errors.js'
import type { SqlSession } from './sql-session.js'
import type { CatalogTable } from './table-catalog.js'

/** What {@link applyChanges} works on. */
export interface ApplyChangesOptions {
  readonly session: SqlSession
  readonly tables: ReadonlyMap<string, CatalogTable>
  /** Whether a row was rejected by an earlier transaction. */
  readonly wasRejected: (parent: { readonly table: string; readonly rowKey: string }) => Promise<boolean>
}

/** What became of the changes. */
export interface AppliedChanges {
  applied: number
  guarded: number
  readonly rejected: RejectedChange[]
}

/** Applies all changes in their order. Failures that no row is to blame for are thrown. */
export async function applyChanges(
  options: ApplyChangesOptions,
  changes: readonly RowChange[],
): Promise<AppliedChanges> {
  const applier = new ChangeApplier(options)
  const descriptions = new Map([...options.tables].map(([name, table]) => [name, table.description]))
  for (const run of changeRuns(changes, descriptions)) await applier.apply(run)
  return applier.outcome
}

class ChangeApplier {
  readonly outcome: AppliedChanges = { applied: 0, guarded: 0, rejected: [] }
  readonly #options: ApplyChangesOptions
  /** Rows that this transaction rejected: table and key. */
  readonly #rejectedRows = new Set<string>()

  constructor(options: ApplyChangesOptions) {
    this.#options = options
  }

  /** Halves a run that fails until the bad rows stand alone: about 2·log2(n) statements for each. */
  async apply(run: readonly RowChange[]): Promise<void> {
    const failure = await this.#attempt(run)
    if (failure === undefined) return
    const [change] = run
    if (change && run.length === 1) return await this.#reject(change, failure)
    const middle = run.length >> 1
    await this.apply(run.slice(0, middle))
    await this.apply(run.slice(middle))
  }

  /** The error when a row of the run is to blame. */
  async #attempt(run: readonly RowChange[]): Promise<unknown> {
    const { session, tables } = this.#options
    const table = tables.get(run[0]?.table ?? '')
    if (!table) return undefined
    const { text, parameters } = changeStatement(table, run)
    await session.query('savepoint streamcore_run')
    try {
      const { affected } = await session.query(text, parameters)
      await session.query('release savepoint streamcore_run')
      this.outcome.applied += affected
      this.outcome.guarded += run.length - affected
      return undefined
    } catch (error) {
      if (!isRowFailure(error)) throw error
      await session.query('rollback to savepoint streamcore_run')
      await session.query('release savepoint streamcore_run')
      return error
    }
  }

  async #reject(change: RowChange, failure: unknown): Promise<void> {
    const state = sqlStateOf(failure) ?? ''
    const isOrphan = state === '23503' && (await this.#hasRejectedParent(change))
    const code = isOrphan ? parentRejectedCode : state
    this.outcome.rejected.push({ change, code, reason: rowFailureReason(failure) })
    const primaryKey = this.#options.tables.get(change.table)?.description.primaryKey ?? []
    this.#rejectedRows.add(`${change.table} ${rowKeyOf(change.row, primaryKey)}`)
  }

  async #hasRejectedParent(change: RowChange): Promise<boolean> {
    const descriptions = new Map(
      [...this.#options.tables].map(([name, { description }]) => [name, description]),
    )
    for (const parent of parentKeysOf(change, descriptions)) {
      if (this.#rejectedRows.has(`${parent.table} ${parent.rowKey}`)) return true
      if (await this.#options.wasRejected(parent)) return true
    }
    return false
  }
}
