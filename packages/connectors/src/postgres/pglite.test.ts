// The relational sink on PGlite: the contract of all relational targets, and what only a real database can refuse.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ColumnValue, RowChange, TableDescription } from 'streamcore'
import {
  clientTable,
  describeRelationalSink,
  regionTable,
  relationalContractDdl,
} from 'streamcore/testing/contracts'
import { beforeAll, describe, expect, it } from 'vitest'
import { pglite } from './client/pglite-client.js'
import { openSqlDatabase } from './sql-connection.js'
import { SqlRelationalSink } from './sql-relational-sink.js'
import type { SqlDatabase } from './sql-session.js'

// Starting PGlite takes seconds, so all tests share one, each with a schema of its own.
const database = pglite('memory')
let schemaCount = 0

beforeAll(async () => {
  await openSqlDatabase(database)
}, 120_000)

async function freshSchema(): Promise<{ admin: SqlDatabase; schema: string }> {
  const schema = `test_${schemaCount++}`
  const admin = await openSqlDatabase(database)
  await admin.query(`create schema ${schema}`)
  await admin.query(`set search_path to ${schema}`)
  for (const statement of relationalContractDdl) await admin.query(statement)
  await admin.query('set search_path to public')
  return { admin, schema }
}

const id = { jobId: 'job', sinkUid: 'ledger' }
const marker = { ...id, epoch: 1, checkpointId: 1, madeBy: 1 }

function regionChange(region: ColumnValue, name: ColumnValue, version = 1): RowChange {
  return { kind: 'upsert', table: 'region', row: { id: region, name, version }, version, place: 'r:1' }
}

describeRelationalSink('PGlite', async () => {
  const { admin, schema } = await freshSchema()
  const open = async () => new SqlRelationalSink(await openSqlDatabase(database), { schema })
  const sink = await open()
  return {
    sink,
    reopen: async () => {
      await sink.close()
      return await open()
    },
    cleanUp: async () => {
      await admin.query(`drop schema ${schema} cascade`)
    },
  }
})

describe('the relational sink on PGlite', () => {
  it('sets aside values that do not fit their column, and keeps the rest', async () => {
    const { schema } = await freshSchema()
    const sink = new SqlRelationalSink(await openSqlDatabase(database), { schema })
    await sink.prepare([regionTable])
    await sink.claim(id, 1)
    const report = await sink.apply(marker, [
      regionChange(1, 'good'),
      regionChange('x', 'no number'),
      regionChange(2, 'nul \0 byte'),
      regionChange(3_000_000_000, 'out of range'),
      regionChange(4, 'good too'),
    ])
    expect(report.applied).toBe(2)
    expect(report.rejected.map(({ code }) => code)).toEqual(['22P02', '22021', '22003'])
  })

  it('never cuts a text to the length of its column', async () => {
    const { admin, schema } = await freshSchema()
    await admin.query(
      `create table ${schema}.short (id char(3) primary key, text varchar(3), version integer)`,
    )
    const short: TableDescription = {
      table: 'short',
      columns: ['id', 'text', 'version'],
      primaryKey: ['id'],
      versionColumn: 'version',
      foreignKeys: [],
    }
    const sink = new SqlRelationalSink(await openSqlDatabase(database), { schema })
    await sink.prepare([short])
    await sink.claim(id, 1)
    const change = (key: string, text: string): RowChange => {
      return { kind: 'upsert', table: 'short', row: { id: key, text, version: 1 }, version: 1, place: '' }
    }
    const report = await sink.apply(marker, [change('abc', 'abc'), change('abcd', 'a'), change('b', 'abcd')])
    expect(report.rejected.map(({ code }) => code)).toEqual(['22001', '22001'])
    expect(await sink.scan(short, { limit: 9 })).toEqual([{ id: 'abc', text: 'abc', version: 1 }])
  })

  it('gives dates, times and decimals as text and whole numbers of any size exactly', async () => {
    const { admin, schema } = await freshSchema()
    await admin.query(`create table ${schema}.kinds (id bigint primary key, n numeric, d date, t timestamp,
      z timestamptz, f double precision, b boolean, version bigint)`)
    const kinds: TableDescription = {
      table: 'kinds',
      columns: ['id', 'n', 'd', 't', 'z', 'f', 'b', 'version'],
      primaryKey: ['id'],
      versionColumn: 'version',
      foreignKeys: [],
    }
    const sink = new SqlRelationalSink(await openSqlDatabase(database), { schema })
    await sink.prepare([kinds])
    await sink.claim(id, 1)
    const row = {
      id: 9_007_199_254_740_993n,
      n: '12345678901234567890.10',
      d: '2024-02-29',
      t: '2024-02-29 12:30:00.25',
      z: '2024-02-29T12:30:00+02:00',
      f: 0.1,
      b: false,
      version: 7,
    }
    await sink.apply(marker, [{ kind: 'upsert', table: 'kinds', row, version: 7, place: '' }])
    expect(await sink.scan(kinds, { limit: 9 })).toEqual([{ ...row, z: '2024-02-29 10:30:00+00' }])
  })

  it('checks deferred constraints row by row, so that the commit cannot fail', async () => {
    const { admin, schema } = await freshSchema()
    await admin.query(
      `alter table ${schema}.client alter constraint client_region_id_fkey deferrable initially deferred`,
    )
    const sink = new SqlRelationalSink(await openSqlDatabase(database), { schema })
    await sink.prepare([regionTable, clientTable])
    await sink.claim(id, 1)
    const row = { id: 'a', region_id: 9, balance: null, born: null, is_active: null, version: 1 }
    const orphan: RowChange = { kind: 'upsert', table: 'client', row, version: 1, place: '' }
    expect(await sink.apply(marker, [orphan, regionChange(1, 'n')])).toMatchObject({
      applied: 1,
      rejected: [{ code: '23503' }],
    })
  })

  it('shares a directory within the process and keeps it for the next one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'streamcore-pglite-'))
    const first = pglite(directory)
    const [one, two] = [await openSqlDatabase(first), await openSqlDatabase(pglite(directory))]
    await one.query('create table kept (id integer)')
    await one.close()
    await two.query('insert into kept values (7)')
    await two.close()
    const again = await openSqlDatabase(first)
    expect((await again.query('select id::text from kept')).rows).toEqual([{ id: '7' }])
    await again.close()
    await rm(directory, { recursive: true })
  }, 120_000)

  it('refuses statements that fit no table as a terminal error and hides nothing', async () => {
    const { schema } = await freshSchema()
    const sink = new SqlRelationalSink(await openSqlDatabase(database), { schema: `${schema}_absent` })
    await expect(sink.prepare([regionTable])).rejects.toMatchObject({
      code: 'STREAMCORE_CONFIG',
      name: 'TerminalError',
    })
  })
})
