/** PostgreSQL through the driver `pg`. */
import type { Pool, PoolClient } from 'pg'
import { type Connection, StreamcoreError } from 'streamcore'
import { missingDriver, sqlConnection } from '../sql-connection.js'
import { describeSqlFailure } from '../sql-errors.js'
import type { SqlDatabase, SqlParameter, SqlResult, SqlSession } from '../sql-session.js'

/** Options of {@link postgres}. */
export interface PostgresOptions {
  /** The schema of all tables, those of the bookkeeping included; the search path decides where none is given. */
  readonly schema?: string
  /** Encrypts and verifies the server's certificate by these authorities (PEM), or by those of the system. */
  readonly tls?: { readonly ca?: string }
  /** How long opening a connection may take; 5 s by default. */
  readonly connectTimeoutMs?: number
  /** How long a statement may take; 5 minutes by default. */
  readonly statementTimeoutMs?: number
  /** After this time without a statement the server ends a transaction, so that a stopped process frees its locks; 30 s by default. */
  readonly idleInTransactionTimeoutMs?: number
}

const lockTimeoutMs = 60_000

/** A PostgreSQL database by its URL (`postgres://user:password@host:5432/name`), for `connections` of execute(). */
export function postgres(url: string, options: PostgresOptions = {}): Connection {
  const address = addressOf(url)
  return sqlConnection(address, () => PgDatabase.open(url, address, options), { schema: options.schema })
}

class PgDatabase implements SqlDatabase {
  readonly address: string
  readonly #pool: Pool

  private constructor(pool: Pool, address: string) {
    this.#pool = pool
    this.address = address
  }

  static async open(url: string, address: string, options: PostgresOptions): Promise<PgDatabase> {
    const {
      connectTimeoutMs = 5_000,
      statementTimeoutMs = 300_000,
      idleInTransactionTimeoutMs = 30_000,
    } = options
    const { Pool } = await import('pg').then(
      (module) => module.default,
      (error: unknown) => {
        throw missingDriver('pg', error)
      },
    )
    const pool = new Pool({
      connectionString: url,
      ...(options.tls ? { ssl: { ...options.tls, rejectUnauthorized: true } } : {}),
      max: 2,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs,
      keepAlive: true,
      application_name: 'streamcore',
      options: [
        '-c timezone=UTC -c datestyle=ISO -c client_min_messages=warning',
        `-c idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs} -c lock_timeout=${lockTimeoutMs}`,
      ].join(' '),
    })
    // A connection that breaks is replaced, and whoever uses it hears of it from his statement. Without listeners the
    // event would end the process, also while a connection is in a transaction.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    const database = new PgDatabase(pool, address)
    try {
      await database.query('select 1')
      return database
    } catch (error) {
      await pool.end()
      throw describeSqlFailure(error, address)
    }
  }

  async query(text: string, parameters: readonly SqlParameter[] = []): Promise<SqlResult> {
    const result = await this.#pool.query<Record<string, unknown>>(text, [...parameters])
    return { rows: result.rows, affected: result.rowCount ?? 0 }
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    let failure: unknown
    try {
      await client.query('begin')
      const value = await work(sessionOf(client))
      await client.query('commit')
      return value
    } catch (error) {
      failure = error
      throw error
    } finally {
      // After a failure the connection is given up, which also rolls back: nobody has to know what state it is in.
      client.release(failure !== undefined)
    }
  }

  close(): Promise<void> {
    return this.#pool.end()
  }
}

function sessionOf(client: PoolClient): SqlSession {
  return {
    async query(text, parameters = []) {
      const result = await client.query<Record<string, unknown>>(text, [...parameters])
      return { rows: result.rows, affected: result.rowCount ?? 0 }
    },
  }
}

// Without the password, and without query parameters, which may hold one too.
function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      'Expected a URL such as postgres://user:password@host:5432/database, got something else (not shown: it may hold a password)',
      { details: { config: 'connections' } },
    )
  }
  const user = parsed.username === '' ? '' : `${parsed.username}@`
  return `postgres://${user}${parsed.hostname}:${parsed.port === '' ? '5432' : parsed.port}${parsed.pathname}`
}
