/** Connections to databases that speak SQL: sinks get a relational sink of them, programs may run statements. */
import { type Connection, relationalConnection, StreamcoreError } from 'streamcore'
import { SqlRelationalSink, type SqlRelationalSinkOptions } from './sql-relational-sink.js'
import type { SqlDatabase } from './sql-session.js'

const openers = new WeakMap<Connection, () => Promise<SqlDatabase>>()

/** A relational connection over a database that `open` opens anew, or shares, for each use. */
export function sqlConnection(
  address: string,
  open: () => Promise<SqlDatabase>,
  options: SqlRelationalSinkOptions,
): Connection {
  const connection = relationalConnection.connection(
    address,
    async () => new SqlRelationalSink(await open(), options),
  )
  openers.set(connection, open)
  return connection
}

/**
 * The database behind a connection, to create tables or to look at them; close it after use.
 * @throws StreamcoreError `STREAMCORE_CONFIG` when there is no SQL behind it, as behind a simulated database
 */
export async function openSqlDatabase(connection: Connection): Promise<SqlDatabase> {
  const open = openers.get(connection)
  if (open) return await open()
  throw new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected a connection made by postgres() or pglite(), got '${connection.address}' of kind '${connection.kind}'`,
  )
}

/** What to say when a driver is not installed. */
export function missingDriver(name: string, cause: unknown): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected the package '${name}' to be installed, got none; run: npm install ${name}`,
    {
      cause,
    },
  )
}
