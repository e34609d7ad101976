/** The entry `@streamcore/connectors/postgres`: exactly-once writing to PostgreSQL and to PGlite. */

export { pglite, type PgliteOptions } from './client/pglite-client.js'
export { postgres, type PostgresOptions } from './client/postgres-client.js'
export { relationalSink, type RelationalSinkOptions } from './relational-sink.js'
export { openSqlDatabase } from './sql-connection.js'
export { SqlRelationalSink, type SqlRelationalSinkOptions } from './sql-relational-sink.js'
export type { SqlDatabase, SqlParameter, SqlResult, SqlSession } from './sql-session.js'
