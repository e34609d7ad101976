// The relational sink of a job on the simulated database: exactly once, in the order asked for, with a report.
import type { ApplyReport, Row, RowChange } from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { SimulatedRelationalSink } from 'streamcore/simulation'
import { clientTable, describeTwoPhaseCommitSink, regionTable } from 'streamcore/testing/contracts'
import { describe, expect, it } from 'vitest'
import { relationalSink } from './relational-sink.js'

const ports = nodePorts({ logLevel: 'error' })
const tables = [regionTable, clientTable]

function upsert(table: string, row: Row): RowChange {
  return { kind: 'upsert', table, row: { ...row, version: 1 }, version: 1, place: `${table}:1` }
}

function regionChange(number: number): RowChange {
  return upsert('region', { id: number, name: `r${number}` })
}

function clientChange(name: string, region: number): RowChange {
  return upsert('client', { id: name, region_id: region, balance: null, born: null, is_active: null })
}

describeTwoPhaseCommitSink('the relational sink', () => {
  const database = new SimulatedRelationalSink(tables)
  return Promise.resolve({
    sink: relationalSink<number>({ connection: 'db', tables, toChange: regionChange }),
    connections: { db: database.connection() },
    ports,
    record: (number) => number,
    committed: () => Promise.resolve(database.rowsOf('region').map((row) => Number(row['id']))),
    cleanUp: () => database.close(),
  })
})

describe('the relational sink', () => {
  it('applies the changes of all subtasks in the order asked for, and reports what the database refused', async () => {
    const database = new SimulatedRelationalSink(tables)
    const reports: ApplyReport[] = []
    const metrics = nodePorts().metrics
    const sink = relationalSink<RowChange>({
      connection: 'db',
      tables,
      toChange: (change) => change,
      order: (changes) => [...changes].sort((a, b) => (a.table < b.table ? 1 : -1)),
      onReport: (report) => reports.push(report),
    })
    const context = {
      jobId: 'j',
      uid: 'ledger',
      connections: { db: database.connection() },
      ports: { ...ports, metrics },
    }
    const committer = await sink.createCommitter(context)
    await committer.claim(1)
    const changes = [clientChange('a', 1), clientChange('b', 2), regionChange(1)]
    await committer.commit({ jobId: 'j', sinkUid: 'ledger', epoch: 1, checkpointId: 1, madeBy: 1 }, changes)
    expect(database.history().writes.map(({ table, rowKey }) => `${table} ${rowKey}`)).toEqual([
      'region ["1"]',
      'client ["a"]',
    ])
    expect(reports).toMatchObject([{ applied: 2, guarded: 0, rejected: [{ code: '23503' }] }])
    expect(metrics.counter('sink_rows_applied', { uid: 'ledger' }).value()).toBe(2)
    expect(metrics.counter('sink_rows_rejected', { uid: 'ledger', code: '23503' }).value()).toBe(1)
  })

  it('refuses tables that the database does not have before the first record', async () => {
    const database = new SimulatedRelationalSink([regionTable])
    const sink = relationalSink<number>({ connection: 'db', tables, toChange: regionChange })
    const context = { jobId: 'j', uid: 'ledger', connections: { db: database.connection() }, ports }
    await expect(sink.createCommitter(context)).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
  })
})
