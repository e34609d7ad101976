/** PGlite: PostgreSQL inside of this process, in memory or in a directory. */
import { join } from 'node:path'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import type { Connection } from 'streamcore'
import { SharedDirectories } from '../../shared-directory/shared-directories-client.js'
import { missingDriver, sqlConnection } from '../sql-connection.js'
import type { SqlDatabase, SqlParameter, SqlResult, SqlSession } from '../sql-session.js'

/** Options of {@link pglite}. */
export interface PgliteOptions {
  /** The schema of all tables, those of the bookkeeping included; `public` where none is given. */
  readonly schema?: string
}

/** The databases in directories that this process has open. */
const openDatabases = new SharedDirectories<PGlite>({
  what: 'embedded PostgreSQL',
  open: (path) => create(join(path, 'pgdata')),
  close: (database) => database.close(),
  isBroken: (database) => database.closed,
})

/**
 * An embedded PostgreSQL for `connections` of execute(). `memory` keeps it as long as the connection; in a directory it
 * survives the process. All users in this process share it; another process is refused.
 */
export function pglite(directory: 'memory' | (string & {}), options: PgliteOptions = {}): Connection {
  const address =
    directory === 'memory' ? 'embedded PostgreSQL in memory' : `embedded PostgreSQL ${directory}`
  let inMemory: Promise<PGlite> | undefined
  const open = async (): Promise<SqlDatabase> => {
    if (directory === 'memory') {
      inMemory ??= create(undefined)
      return new PgliteDatabase(await inMemory, address, () => Promise.resolve())
    }
    const share = await openDatabases.acquire(directory)
    return new PgliteDatabase(share.resource, address, () => share.release())
  }
  return sqlConnection(address, open, options)
}

async function create(path: string | undefined): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite').catch((error: unknown) => {
    throw missingDriver('@electric-sql/pglite', error)
  })
  const database = await PGlite.create(path === undefined ? {} : { dataDir: path })
  await database.exec("set timezone = 'UTC'; set datestyle = 'ISO'; set client_min_messages = 'warning'")
  return database
}

class PgliteDatabase implements SqlDatabase {
  readonly address: string
  readonly #database: PGlite
  readonly #release: () => Promise<void>

  constructor(database: PGlite, address: string, release: () => Promise<void>) {
    this.#database = database
    this.address = address
    this.#release = release
  }

  query(text: string, parameters: readonly SqlParameter[] = []): Promise<SqlResult> {
    return run(this.#database, text, parameters)
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return await this.#database.transaction((transaction) =>
      work({ query: (text, parameters = []) => run(transaction, text, parameters) }),
    )
  }

  close(): Promise<void> {
    return this.#release()
  }
}

async function run(
  session: PGlite | Transaction,
  text: string,
  parameters: readonly SqlParameter[],
): Promise<SqlResult> {
  const { rows, affectedRows } = await session.query<Record<string, unknown>>(text, [...parameters])
  return { rows, affected: affectedRows ?? 0 }
}
