// Deliveries that are handed over as a whole: nothing of them reaches the target before all of them has been read.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogAppend } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { marksOf, produceDelivery } from '../src/delivery/produce-delivery.js'
import { encodeTopicRecord } from '../src/delivery/topic-record.js'
import { readIncompleteDeliveries } from '../src/inspect/held-deliveries.js'
import { job } from '../src/job.js'
import { integer, text } from '../src/model/column.js'
import { entity } from '../src/model/entity.js'
import { model } from '../src/model/model.js'
import type { DeliveredRecord } from '../src/model/parse-record.js'
import { outputTopics } from '../src/output-topics.js'
import { type Services, services } from './support/simulated-services.js'

const owner = entity('owner', { id: 'id', columns: { id: integer() } })
const account = entity('account', {
  id: 'id',
  columns: { id: integer(), owner: integer(), note: text({ nullable: true }) },
  foreignKeys: { owner: 'owner' },
})
const bank = model([owner, account], { name: 'bank' })
const partitions = 2
const partitionsOf = new Map(bank.entities.map(({ topic }) => [topic, partitions]))

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-gate-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function append(
  { log }: Services,
  topic: string,
  records: readonly (DeliveredRecord & { readonly partition?: number })[],
): Promise<void> {
  const encoder = new TextEncoder()
  const appends = records.map(({ partition = 0, ...record }): LogAppend => {
    const value = encoder.encode(encodeTopicRecord(record))
    return { topic, partition, key: undefined, value, timestampMs: 0 }
  })
  await log.append(appends)
}

async function run({ connections }: Services, params: object = {}, parallelism = 2): Promise<void> {
  const options = {
    connections,
    parallelism,
    state: directory,
    logger: new RecordingLogger(),
    checkpoint: { intervalMs: 20 },
  }
  const all = { model: bank, boundedness: 'bounded', gate: 'complete', reportAfterMs: 0, ...params }
  await (await execute(job, all, options)).result
}

const marks = (delivery: number) => marksOf(bank, { partitions: partitionsOf, timestampMs: 0, delivery })

it('hands a delivery over when its mark has been read in every partition, across restarts and parallelisms', async () => {
  const all = await services(bank, partitions)
  await append(all, 'owner', [{ delivery: 1, version: 1, cells: { id: 1 } }])
  await append(all, 'account', [{ delivery: 1, version: 1, cells: { id: 10, owner: 1, note: null } }])
  await run(all)
  expect(all.target.history().writes).toEqual([])
  await all.log.append(marks(1).slice(1))
  await run(all, {}, 1)
  expect(all.target.history().writes).toEqual([])
  expect(await readIncompleteDeliveries(all.log, bank)).toMatchObject([{ delivery: 1, read: 3, of: 4 }])
  await all.log.append(marks(1).slice(0, 1))
  await run(all, {}, 3)
  expect(all.target.rowsOf('owner')).toHaveLength(1)
  expect(all.target.rowsOf('account')).toHaveLength(1)
  expect(await readIncompleteDeliveries(all.log, bank)).toEqual([])
})

it('lets complete deliveries and records outside of deliveries pass an incomplete one', async () => {
  const all = await services(bank, partitions)
  await append(all, 'owner', [
    { delivery: 1, version: 1, cells: { id: 1 } },
    { delivery: 2, version: 2, cells: { id: 2 } },
    { version: 3, cells: { id: 3 } },
  ])
  await all.log.append(marks(2))
  await run(all)
  expect(all.target.rowsOf('owner').map(({ id }) => id)).toEqual([2, 3])
})

it('keeps the versions of a record in order where large deliveries pass one after the other', async () => {
  const all = await services(bank, partitions)
  const count = 2_500
  for (const delivery of [1, 2]) {
    const records = Array.from({ length: count }, (_, id) => ({ delivery, version: delivery, cells: { id } }))
    await append(all, 'owner', records)
    await all.log.append(marks(delivery))
  }
  await run(all)
  expect(all.target.rowsOf('owner').filter((row) => row['import_version'] === 2)).toHaveLength(count)
  expect(await all.readTopic(outputTopics(bank).deadLetters)).toEqual([])
})

it('takes marks for nothing without a gate', async () => {
  const all = await services(bank, partitions)
  await append(all, 'owner', [{ delivery: 1, version: 1, cells: { id: 1 } }])
  await all.log.append(marks(2))
  await run(all, { gate: 'none' })
  expect(all.target.rowsOf('owner')).toHaveLength(1)
  expect(await all.readTopic(outputTopics(bank).deadLetters)).toEqual([])
})

it('produces gated deliveries with their marks behind them', async () => {
  const all = await services(bank, partitions)
  await writeFile(join(directory, 'owner.csv'), 'id\n1\n2\n3\n')
  await writeFile(join(directory, 'account.csv'), 'id,owner,note\n10,1,\n')
  const { log, context } = all
  await produceDelivery({ model: bank, directory, delivery: 1, context, log, isGated: true })
  await run(all)
  expect(all.target.rowsOf('owner')).toHaveLength(3)
  expect(all.target.rowsOf('account')).toHaveLength(1)
})
