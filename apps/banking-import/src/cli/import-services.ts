/** Opens what an import is connected to: the log in its folder, the target, and the files. */
import { embeddedLog } from '@streamcore/connectors/log'
import { localFiles } from '@streamcore/connectors/files'
import { openSqlDatabase, pglite, postgres, type SqlDatabase } from '@streamcore/connectors/postgres'
import {
  type Connection,
  type Connections,
  partitionedLogConnection,
  type PartitionedLog,
  relationalConnection,
  type RelationalSink,
  type SourceContext,
} from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { importConnections } from '../job.js'
import type { Model } from '../model/model.js'
import { createStatements } from '../model/table.js'
import { createOutputTopics } from '../output-topics.js'
import type { StateFolder } from './state-folder.js'

/** Where an import writes. */
export interface TargetPlace {
  /** URL of a PostgreSQL; without it an embedded one is used. */
  readonly db?: string
  readonly schema?: string
  /** Certificates of the authorities that its server is trusted by, as PEM; makes the connection encrypted. */
  readonly ca?: string
  /** The embedded one is kept in memory only. */
  readonly isInMemory?: boolean
}

/** Everything that is open. */
export interface ImportServices {
  readonly model: Model
  readonly jobId: string
  readonly connections: Connections
  readonly context: SourceContext
  readonly log: PartitionedLog
  readonly target: RelationalSink
  readonly sql: SqlDatabase
  readonly schema: string | undefined
  close(): Promise<void>
}

/** The job's id: one per model, so that all imports of it into a target fence each other. */
export function jobIdOf(model: Model): string {
  return `import-${model.name}`
}

const defaultPartitions = 4

/** Opens everything, and creates topics and tables where they are missing. */
export async function openServices(
  model: Model,
  folder: StateFolder,
  place: TargetPlace & { readonly partitions?: number; readonly log?: Connection },
): Promise<ImportServices> {
  const connections = {
    [importConnections.log]: place.log ?? embeddedLog(folder.log),
    [importConnections.target]: targetConnection(folder, place),
    files: localFiles(),
  }
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each()
  }
  try {
    const log = await partitionedLogConnection.open(connections, importConnections.log)
    closers.push(() => log.close())
    for (const { topic } of model.entities) {
      const partitions = place.partitions ?? (await log.partitionCount(topic)) ?? defaultPartitions
      await log.createTopic(topic, { partitions })
    }
    await createOutputTopics(log, model)
    const sql = await openSqlDatabase(connections[importConnections.target])
    closers.push(() => sql.close())
    await createTables(sql, model, place.schema)
    const target = await relationalConnection.open(connections, importConnections.target)
    closers.push(() => target.close())
    const jobId = jobIdOf(model)
    const context = { jobId, uid: 'command-line', connections, ports: nodePorts({ logLevel: 'warn' }) }
    return { model, jobId, connections, context, log, target, sql, schema: place.schema, close }
  } catch (error) {
    await close()
    throw error
  }
}

function targetConnection(folder: StateFolder, place: TargetPlace): Connection {
  const { db, schema, ca, isInMemory = false } = place
  const options = schema === undefined ? {} : { schema }
  if (db !== undefined) return postgres(db, ca === undefined ? options : { ...options, tls: { ca } })
  return pglite(isInMemory ? 'memory' : folder.database, options)
}

/** Statements without effect where they were carried out before. */
async function createTables(sql: SqlDatabase, model: Model, schema: string | undefined): Promise<void> {
  await sql.transaction(async (session) => {
    if (schema !== undefined) {
      await session.query(`create schema if not exists ${quoted(schema)}`)
      await session.query(`set local search_path to ${quoted(schema)}`)
    }
    for (const statement of createStatements(model)) await session.query(statement)
  })
}

/** A table's name in SQL. */
export function qualified(table: string, schema: string | undefined): string {
  return schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
