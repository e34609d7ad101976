// Going back to a savepoint and importing on from there: the target, which has gone further, ends as it was.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partitionOfKey } from '@streamcore/connectors/log'
import type { LogAppend } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { encodeTopicRecord } from '../src/delivery/topic-record.js'
import { job } from '../src/job.js'
import { integer } from '../src/model/column.js'
import { entity } from '../src/model/entity.js'
import { model } from '../src/model/model.js'
import type { DeliveredRecord } from '../src/model/parse-record.js'
import { type Services, services } from './support/simulated-services.js'

const owner = entity('owner', { id: 'id', columns: { id: integer() } })
const account = entity('account', {
  id: 'id',
  columns: { id: integer(), owner: integer(), note: integer() },
  foreignKeys: { owner: 'owner' },
})
const bank = model([owner, account], { name: 'bank' })
const partitions = 2
const ids = Array.from({ length: 40 }, (_, id) => id)

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-replay-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function append({ log }: Services, topic: string, records: readonly DeliveredRecord[]): Promise<void> {
  const encoder = new TextEncoder()
  const appends = records.map((record): LogAppend => {
    const key = encoder.encode(String(record.cells['id']))
    const value = encoder.encode(encodeTopicRecord(record))
    return { topic, partition: partitionOfKey(key, partitions), key, value, timestampMs: 0 }
  })
  await log.append(appends)
}

it('ends with the same target when it is run again from a savepoint', async () => {
  const all = await services(bank, partitions)
  const options = { connections: all.connections, parallelism: 2, logger: new RecordingLogger() }
  const accounts = (version: number) =>
    ids.map((id) => ({ version, cells: { id, owner: id, note: version } }))
  await append(all, 'account', accounts(1))
  await append(
    all,
    'owner',
    ids.slice(0, 20).map((id) => ({ version: 1, cells: { id } })),
  )
  const first = { ...options, state: join(directory, 'first') }
  const savepoint = join(directory, 'savepoint')
  const running = await execute(job, { model: bank, boundedness: 'unbounded' }, first)
  while (!running.isRunning()) await new Promise((resolve) => setImmediate(resolve))
  await running.savepoint(savepoint)
  await running.stop()
  await append(all, 'account', accounts(2))
  await append(
    all,
    'owner',
    ids.slice(20).map((id) => ({ version: 1, cells: { id } })),
  )
  await append(all, 'account', [{ op: 'delete', version: 3, cells: { id: 3 } }])
  await append(all, 'owner', [{ op: 'delete', version: 2, cells: { id: 3 } }])
  const bounded = { model: bank, boundedness: 'bounded' }
  await (await execute(job, bounded, first)).result
  const rows = { owner: all.target.rowsOf('owner'), account: all.target.rowsOf('account') }
  expect([rows.owner.length, rows.account.length]).toEqual([39, 39])
  const again = { ...options, state: join(directory, 'again'), from: savepoint, newLineage: true }
  await (await execute(job, bounded, again)).result
  expect(all.target.rowsOf('owner')).toEqual(rows.owner)
  expect(all.target.rowsOf('account')).toEqual(rows.account)
  expect(all.target.history().foreignKeyViolations).toBe(0)
})
