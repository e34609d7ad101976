// The relational sink on a real PostgreSQL: the contract, broken connections, stopped writers, and agreement with the simulated twin.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import fc from 'fast-check'
import { type CommitMarker, type Row, type RowChange, relationalConnection } from 'streamcore'
import { SimulatedRelationalSink } from 'streamcore/simulation'
import {
  clientTable,
  describeRelationalSink,
  regionTable,
  relationalContractDdl,
} from 'streamcore/testing/contracts'
import { afterAll, describe, expect, it } from 'vitest'
import { postgres, type PostgresOptions } from './client/postgres-client.js'
import { openSqlDatabase } from './sql-connection.js'
import { SqlRelationalSink } from './sql-relational-sink.js'
import type { SqlDatabase } from './sql-session.js'

const { POSTGRES_URL: url = '', POSTGRES_CA_FILE: caFile } = process.env
const trusted: PostgresOptions = caFile === undefined ? {} : { tls: { ca: readFileSync(caFile, 'utf8') } }
const target = (options: PostgresOptions = {}) => postgres(url, { ...trusted, ...options })
const id = { jobId: 'job', sinkUid: 'ledger' }
const tables = [regionTable, clientTable]
const schemas: string[] = []

function markerOf(checkpointId: number, epoch = 1): CommitMarker {
  return { ...id, epoch, checkpointId, madeBy: 1 }
}

async function freshSchema(): Promise<{ admin: SqlDatabase; schema: string }> {
  const schema = `streamcore_test_${process.pid}_${schemas.length}`
  const admin = await openSqlDatabase(target())
  await admin.query(`create schema ${schema}`)
  schemas.push(schema)
  await admin.transaction(async (session) => {
    await session.query(`set local search_path to ${schema}`)
    for (const statement of relationalContractDdl) await session.query(statement)
  })
  return { admin, schema }
}

async function openSink(schema: string): Promise<SqlRelationalSink> {
  return new SqlRelationalSink(await openSqlDatabase(target({ schema })), { schema })
}

function regionChange(region: number, version = 1, name = `r${region}`): RowChange {
  return { kind: 'upsert', table: 'region', row: { id: region, name, version }, version, place: 'r:1' }
}

if (url === '') {
  it('PostgreSQL', ({ skip }) => skip('POSTGRES_URL is not set; start a PostgreSQL and set it to its URL'))
} else {
  describe('PostgreSQL', describePostgres)
}

function describePostgres(): void {
  afterAll(async () => {
    const admin = await openSqlDatabase(target())
    for (const schema of schemas) await admin.query(`drop schema ${schema} cascade`)
    await admin.close()
  })

  describeRelationalSink('PostgreSQL', async () => {
    const { admin, schema } = await freshSchema()
    let sink = await openSink(schema)
    return {
      sink,
      reopen: async () => {
        await sink.close()
        sink = await openSink(schema)
        return sink
      },
      cleanUp: async () => {
        await sink.close()
        await admin.close()
      },
    }
  })

  it('commits exactly once although its connections are cut again and again', async () => {
    const { admin, schema } = await freshSchema()
    const name = `cut ${schema}`
    const named = new URL(url)
    named.searchParams.set('application_name', name)
    const openNamed = async () =>
      new SqlRelationalSink(await openSqlDatabase(postgres(named.href, { ...trusted, schema })), { schema })
    let epoch = 1
    let sink = await openNamed()
    await sink.prepare(tables)
    await sink.claim(id, epoch)
    let failures = 0
    for (let checkpointId = 1, attempt = 0; checkpointId <= 25; attempt++) {
      const changes = Array.from({ length: 50 }, (_, index) => regionChange(index, checkpointId))
      // Every second attempt is left alone: else a slow machine might never get a commit through.
      const cut =
        attempt % 2 === 0
          ? admin.query(
              'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
              [name],
            )
          : undefined
      try {
        const report = await sink.apply(markerOf(checkpointId, epoch), changes)
        expect(report).toEqual({ applied: 50, guarded: 0, rejected: [] })
        checkpointId++
      } catch (error) {
        expect(error).toMatchObject({ code: 'STREAMCORE_CONNECTION', name: 'RetryableError' })
        failures++
        // Whoever cuts may be slower than the failure; it must not meet the next incarnation.
        await cut
        await sink.close()
        // A new incarnation finds out by the marker whether the commit took effect.
        sink = await openNamed()
        await sink.prepare(tables)
        const marker = await sink.claim(id, ++epoch)
        checkpointId = (marker?.checkpointId ?? 0) + 1
      }
      await cut
    }
    expect(failures).toBeGreaterThan(0)
    await sink.close()
    sink = await openSink(schema)
    const rows = await sink.scan(regionTable, { limit: 100 })
    expect(rows.map((row) => row['version'])).toEqual(Array.from({ length: 50 }, () => 25))
    await Promise.all([sink.close(), admin.close()])
  })

  it('frees the lock of a writer that was stopped in the middle of its transaction', async () => {
    const { admin, schema } = await freshSchema()
    const stopped = await openSqlDatabase(target({ schema, idleInTransactionTimeoutMs: 300 }))
    const sink = await openSink(schema)
    await sink.prepare(tables)
    await sink.claim(id, 1)
    let resume = () => {}
    const paused = new Promise<void>((resolve) => {
      resume = resolve
    })
    let isLocked = () => {}
    const locked = new Promise<void>((resolve) => {
      isLocked = resolve
    })
    const zombie = stopped.transaction(async (session) => {
      await session.query(`select * from ${schema}.streamcore_markers for update`)
      isLocked()
      await paused
      await session.query(`insert into ${schema}.region values (666, 'zombie', 1)`)
    })
    await locked
    expect(await sink.claim(id, 2)).toBeUndefined()
    resume()
    await expect(zombie).rejects.toThrow()
    expect(await sink.scan(regionTable, { limit: 9 })).toEqual([])
    await Promise.all([sink.close(), stopped.close(), admin.close()])
  })

  it('lets two sinks prepare at the same time', async () => {
    const { admin, schema } = await freshSchema()
    const sinks = await Promise.all(Array.from({ length: 6 }, () => openSink(schema)))
    await Promise.all(sinks.map((sink) => sink.prepare(tables)))
    await Promise.all([...sinks.map((sink) => sink.close()), admin.close()])
  })

  it('agrees with the simulated database about every change, whatever the changes are', async () => {
    const { admin, schema } = await freshSchema()
    const sink = await openSink(schema)
    await sink.prepare(tables)
    const key = fc.integer({ min: 1, max: 4 })
    const version = fc.integer({ min: 1, max: 5 })
    const region = fc.record({
      kind: fc.constant('region' as const),
      key,
      version,
      name: fc.constantFrom('a', 'b', 'c', null),
    })
    const client = fc.record({ kind: fc.constant('client' as const), key, version, region: fc.option(key) })
    const removal = fc.record({
      kind: fc.constant('delete' as const),
      key,
      version,
      table: fc.constantFrom('region', 'client'),
    })
    const change = fc.oneof(region, client, removal).map((each): RowChange => {
      const { version: v } = each
      const place = 'x:1'
      if (each.kind === 'region') return regionRow(each.key, each.name, v)
      const clientId = `c${each.key}`
      if (each.kind === 'delete') {
        const row: Row = { id: each.table === 'region' ? each.key : clientId, version: v }
        return { kind: 'delete', table: each.table, row, version: v, place }
      }
      const row = {
        id: clientId,
        region_id: each.region,
        balance: null,
        born: null,
        is_active: null,
        version: v,
      }
      return { kind: 'upsert', table: 'client', row, version: v, place }
    })
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 4 }),
        async (transactions) => {
          const twin = new SimulatedRelationalSink([
            { ...regionTable, notNull: ['name'], unique: [['name']] },
            clientTable,
          ])
          await twin.prepare(tables)
          const writer = { jobId: `run ${run++}`, sinkUid: 's' }
          await admin.query(
            `truncate ${schema}.region, ${schema}.client, ${schema}.streamcore_rejected cascade`,
          )
          await Promise.all([twin.claim(writer, 1), sink.claim(writer, 1)])
          for (const [index, changes] of transactions.entries()) {
            const marker = { ...writer, epoch: 1, checkpointId: index + 1, madeBy: 1 }
            const [expected, actual] = [await twin.apply(marker, changes), await sink.apply(marker, changes)]
            expect(codes(actual)).toEqual(codes(expected))
            for (const table of tables)
              expect(await sink.scan(table, { limit: 99 })).toEqual(await twin.scan(table, { limit: 99 }))
          }
        },
      ),
      { numRuns: 60 },
    )
    await Promise.all([sink.close(), admin.close()])
  })

  it('refuses a wrong password and a missing database with terminal errors', async () => {
    const wrong = new URL(url)
    wrong.password = 'wrong'
    await expect(openSqlDatabase(postgres(wrong.href, trusted))).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'STREAMCORE_CONNECTION',
    })
    const absent = new URL(url)
    absent.pathname = '/no_such_database'
    await expect(openSqlDatabase(postgres(absent.href, trusted))).rejects.toMatchObject({
      name: 'TerminalError',
    })
  })

  it('refuses a certificate that nobody trusts with a terminal error that says what to give', async ({
    skip,
  }) => {
    if (caFile === undefined) skip('POSTGRES_CA_FILE is not set: the server offers no certificate')
    const failure = openSqlDatabase(postgres(url, { tls: {} }))
    await expect(failure).rejects.toMatchObject({ name: 'TerminalError', code: 'STREAMCORE_CONNECTION' })
    await expect(failure).rejects.toThrow('tls.ca')
  })
}

function regionRow(region: number, name: string | null, version: number): RowChange {
  return { kind: 'upsert', table: 'region', row: { id: region, name, version }, version, place: 'x:1' }
}

function codes(report: { applied: number; guarded: number; rejected: readonly { code: string }[] }) {
  return [report.applied, report.guarded, report.rejected.map(({ code }) => code)]
}

describe('a PostgreSQL that cannot be used', () => {
  const secret = 'canary-secret'

  it('that does not listen is reported with its address, without password, as retryable', async () => {
    const connections = { db: postgres(`postgres://ann:${secret}@127.0.0.1:1/bank?password=${secret}`) }
    const failure = relationalConnection.open(connections, 'db')
    await expect(failure).rejects.toMatchObject({ code: 'STREAMCORE_CONNECTION', name: 'RetryableError' })
    await expect(failure).rejects.toThrow('postgres://ann@127.0.0.1:1/bank')
    const text = await failure.catch((error: unknown) => String(error))
    expect(text).not.toContain(secret)
  })

  it('that accepts and never answers is given up in time', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const connection = postgres(`postgres://ann:${secret}@127.0.0.1:${port}/bank`, { connectTimeoutMs: 300 })
    await expect(openSqlDatabase(connection)).rejects.toMatchObject({ code: 'STREAMCORE_CONNECTION' })
    server.close()
  })

  it('with an address that is none is refused without showing it', () => {
    for (const address of ['', secret, `mysql://root:${secret}@localhost/x`, `postgres//${secret}`]) {
      expect(() => postgres(address)).toThrow('Expected a URL')
      expect(() => postgres(address)).not.toThrow(secret)
    }
  })
})
