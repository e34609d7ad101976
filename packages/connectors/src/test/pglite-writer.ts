/** A process that commits checkpoint after checkpoint to a PGlite directory and says so, until it is killed. */
import process from 'node:process'
import type { RowChange, TableDescription } from 'streamcore'
import { openSqlDatabase, pglite, SqlRelationalSink } from '../postgres/index.js'

const [, , directory = '', epochText = '1'] = process.argv
const sinkId = { jobId: 'job', sinkUid: 'sink' }
const epoch = Number(epochText)
const table: TableDescription = {
  table: 'entry',
  columns: ['id', 'version'],
  primaryKey: ['id'],
  versionColumn: 'version',
  foreignKeys: [],
}

const database = await openSqlDatabase(pglite(directory))
await database.query('create table if not exists entry (id integer primary key, version bigint not null)')
const sink = new SqlRelationalSink(database)
await sink.prepare([table])
const marker = await sink.claim(sinkId, epoch)
process.stdout.write('ready\n')
for (let checkpointId = (marker?.checkpointId ?? 0) + 1; ; checkpointId++) {
  const changes = Array.from({ length: 20 }, (_, index): RowChange => {
    const row = { id: checkpointId * 20 + index, version: checkpointId }
    return { kind: 'upsert', table: 'entry', row, version: checkpointId, place: '' }
  })
  await sink.apply({ ...sinkId, epoch, checkpointId, madeBy: epoch }, changes)
  process.stdout.write(`${checkpointId}\n`)
}
