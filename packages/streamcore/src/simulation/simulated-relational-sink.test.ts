// The simulated database: the contract of all relational targets, and what oracles and a faulty wire see.
import { describe, expect, it } from 'vitest'
import {
  clientTable,
  describeRelationalSink,
  orderTable,
  regionTable,
} from '../testing/contracts/relational-sink.contract.js'
import { SimulatedRelationalSink } from './simulated-relational-sink.js'

const tables = [
  { ...regionTable, notNull: ['name'], unique: [['name']] },
  clientTable,
  { ...orderTable, check: (row: { readonly [name: string]: unknown }) => Number(row['amount']) >= 0 },
]
const id = { jobId: 'job', sinkUid: 'ledger' }

describeRelationalSink('the simulated database', () => {
  const sink = new SimulatedRelationalSink(tables)
  return Promise.resolve({
    sink,
    reopen: () => Promise.resolve(sink.connect({})),
    cleanUp: () => Promise.resolve(),
  })
})

function regionChange(region: number, version: number) {
  const row = { id: region, name: `r${region}`, version }
  return { kind: 'upsert' as const, table: 'region', row, version, place: '' }
}

describe('the history of the simulated database', () => {
  it('holds every write with its checkpoint, and counts violations and guarded changes', async () => {
    const sink = new SimulatedRelationalSink(tables)
    await sink.prepare(tables)
    await sink.claim(id, 1)
    const orphan = { id: 'a', region_id: 5, balance: null, born: null, is_active: null, version: 1 }
    await sink.apply({ ...id, epoch: 1, checkpointId: 4, madeBy: 1 }, [
      regionChange(1, 2),
      regionChange(1, 1),
      { kind: 'upsert', table: 'client', row: orphan, version: 1, place: '' },
    ])
    expect(sink.history()).toMatchObject({
      writes: [{ kind: 'upsert', table: 'region', rowKey: '["1"]', version: 2, checkpointId: 4 }],
      foreignKeyViolations: 1,
      guarded: 1,
    })
  })

  it('shows one transaction when a lost reply makes the next incarnation commit the same checkpoint', async () => {
    const sink = new SimulatedRelationalSink(tables)
    await sink.prepare(tables)
    await sink.claim(id, 1)
    const link = { delay: () => Promise.resolve(), chance: (p: number) => p === 1, isAlive: () => true }
    const client = sink.connect({ link, faults: { loseRequest: 0, loseReply: 1, duplicate: 1 } })
    const marker = { ...id, epoch: 1, checkpointId: 1, madeBy: 1 }
    const lost = client.apply(marker, [regionChange(1, 1)])
    await expect(lost).rejects.toMatchObject({ code: 'STREAMCORE_CONNECTION' })
    await sink.claim(id, 2)
    await sink.apply({ ...marker, epoch: 2 }, [regionChange(1, 1)])
    expect(sink.history().writes).toHaveLength(1)
    expect(sink.history().markers).toHaveLength(1)
  })
})
