/** The little that the relational sink asks of a database driver; all values go as text and are cast in SQL. */

/** A parameter: text, a list of texts, or null. */
export type SqlParameter = string | null | readonly (string | null)[]

/** What a statement gave. */
export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** Rows inserted, updated or deleted. */
  readonly affected: number
}

/** Runs statements one after the other. */
export interface SqlSession {
  query(text: string, parameters?: readonly SqlParameter[]): Promise<SqlResult>
}

/** A database; its failures are StreamcoreErrors, or errors with a SQLSTATE that `sqlStateOf` finds. */
export interface SqlDatabase extends SqlSession {
  /** The address without secrets. */
  readonly address: string
  /** Commits when `work` resolves, rolls back when it throws. A failing commit leaves the outcome unknown. */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The text of a column that was selected as text. */
export function textOf(row: Readonly<Record<string, unknown>>, column: string): string | null {
  const value = row[column] ?? null
  return value === null ? null : String(value)
}
