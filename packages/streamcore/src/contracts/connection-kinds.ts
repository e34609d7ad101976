/** The kinds of connections that connectors and their simulated twins share. */
import { ConnectionKind } from './connection.js'
import type { FileSystem } from './ports/file-system.js'
import type { PartitionedLog } from './ports/partitioned-log.js'
import type { RelationalSink } from './ports/relational-sink.js'

/** Topics with partitions: the embedded log, Kafka, the simulated log. */
export const partitionedLogConnection: ConnectionKind<PartitionedLog> = new ConnectionKind('partitioned-log')

/** A relational database: PostgreSQL, PGlite, the simulated one. */
export const relationalConnection: ConnectionKind<RelationalSink> = new ConnectionKind('relational')

/** Files: the local disk or the simulated one. */
export const filesConnection: ConnectionKind<FileSystem> = new ConnectionKind('files')
