/** Cuts a list of changes into runs that one statement each can apply without changing the order that matters. */
import { type RowChange, rowKeyOf, type TableDescription } from 'streamcore'

/** Most rows per statement. */
export const runLengthMax = 1_000

/**
 * Runs of neighbours of the same kind and table, each row at most once: PostgreSQL refuses to touch a row twice in one
 * statement, and two changes of a row have to take effect one after the other.
 */
export function* changeRuns(
  changes: readonly RowChange[],
  tables: ReadonlyMap<string, TableDescription>,
): Generator<readonly RowChange[]> {
  let run: RowChange[] = []
  let keys = new Set<string>()
  for (const change of changes) {
    const [first] = run
    const key = rowKeyOf(change.row, tables.get(change.table)?.primaryKey ?? []) ?? ''
    const fits = !first || (first.kind === change.kind && first.table === change.table && !keys.has(key))
    if (!fits || run.length === runLengthMax) {
      yield run
      run = []
      keys = new Set()
    }
    run.push(change)
    keys.add(key)
  }
  if (run.length > 0) yield run
}
