// Another parallelism with every run: what waits, what is held and the order of versions stay as they were.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogAppend } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { partitionOfKey } from '@streamcore/connectors/log'
import { encodeTopicRecord } from '../src/delivery/topic-record.js'
import { job } from '../src/job.js'
import { integer } from '../src/model/column.js'
import { entity } from '../src/model/entity.js'
import { model } from '../src/model/model.js'
import type { DeliveredRecord } from '../src/model/parse-record.js'
import { outputTopics } from '../src/output-topics.js'
import { type Services, services } from './support/simulated-services.js'

const owner = entity('owner', { id: 'id', columns: { id: integer() } })
const account = entity('account', {
  id: 'id',
  columns: { id: integer(), owner: integer(), note: integer() },
  foreignKeys: { owner: 'owner' },
})
const booking = entity('booking', {
  id: 'id',
  columns: { id: integer(), account: integer() },
  foreignKeys: { account: 'account' },
})
const bank = model([owner, account, booking], { name: 'bank' })
const partitions = 3
const count = 60

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-rescale-'))
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

async function run({ connections }: Services, parallelism: number): Promise<void> {
  const options = { connections, parallelism, state: directory, logger: new RecordingLogger() }
  const params = { model: bank, boundedness: 'bounded', audit: 'all' }
  await (await execute(job, params, options)).result
}

const ids = Array.from({ length: count }, (_, id) => id)

it('releases what waits, in order, and what is held, at parallelism 1, then 3, then 2', async () => {
  const all = await services(bank, partitions)
  await append(
    all,
    'booking',
    ids.map((id) => ({ version: 1, cells: { id, account: id } })),
  )
  for (const version of [1, 2])
    await append(
      all,
      'account',
      ids.map((id) => ({ version, cells: { id, owner: id, note: version } })),
    )
  await run(all, 1)
  expect(all.target.history().writes).toEqual([])
  await append(
    all,
    'account',
    ids.map((id) => ({ version: 3, cells: { id, owner: id, note: 3 } })),
  )
  await append(
    all,
    'owner',
    ids.slice(0, count / 2).map((id) => ({ version: 1, cells: { id } })),
  )
  // Held by the accounts that go only in the next run.
  await append(all, 'owner', [{ op: 'delete', version: 2, cells: { id: 0 } }])
  await run(all, 3)
  expect(all.target.rowsOf('owner')).toHaveLength(count / 2)
  expect(all.target.rowsOf('booking')).toHaveLength(count / 2)
  await append(
    all,
    'owner',
    ids.slice(count / 2).map((id) => ({ version: 1, cells: { id } })),
  )
  await append(all, 'booking', [{ op: 'delete', version: 2, cells: { id: 0 } }])
  await append(all, 'account', [{ op: 'delete', version: 4, cells: { id: 0 } }])
  await run(all, 2)
  expect(all.target.rowsOf('owner')).toHaveLength(count - 1)
  expect(all.target.rowsOf('account').map(({ note }) => note)).toEqual(ids.slice(1).map(() => 3))
  expect(all.target.rowsOf('booking')).toHaveLength(count - 1)
  const { foreignKeyViolations, guarded } = all.target.history()
  expect([foreignKeyViolations, guarded]).toEqual([0, 0])
  expect(await all.readTopic(outputTopics(bank).deadLetters)).toEqual([])
})
