// What an import says besides rows: the waiting table, overdue records, dead letters, the audit trail, partial records.
import { type LogAppend } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { expect, it } from 'vitest'
import { encodeTopicRecord } from '../src/delivery/topic-record.js'
import { job } from '../src/job.js'
import { integer, text } from '../src/model/column.js'
import { entity } from '../src/model/entity.js'
import { model } from '../src/model/model.js'
import type { DeliveredRecord } from '../src/model/parse-record.js'
import { outputTopics } from '../src/output-topics.js'
import { type Services, services } from './support/simulated-services.js'

const parent = entity('parent', { id: 'id', columns: { id: integer() } })
const child = entity('child', {
  id: 'id',
  allowsPartial: true,
  columns: {
    id: integer(),
    parent: integer({ nullable: true }),
    name: text(),
    note: text({ nullable: true }),
  },
  foreignKeys: { parent: 'parent?' },
})
const family = model([parent, child], { name: 'family' })
const topics = outputTopics(family)

async function imported(
  records: readonly (DeliveredRecord & { readonly topic: string })[],
  params: object = {},
): Promise<Services> {
  const all = await services(family, 1)
  const encoder = new TextEncoder()
  const appends = records.map(({ topic, ...record }): LogAppend => {
    return {
      topic,
      partition: 0,
      key: undefined,
      value: encoder.encode(encodeTopicRecord(record)),
      timestampMs: 0,
    }
  })
  await all.log.append(appends)
  const options = { connections: all.connections, logger: new RecordingLogger() }
  const handle = await execute(
    job,
    { model: family, boundedness: 'bounded', reportAfterMs: 0, ...params },
    options,
  )
  if (!('boundedness' in params)) {
    await handle.result
    return all
  }
  // Timers fire while the job waits for more; what they emit is committed by the checkpoint that ends it.
  for (let attempt = 0; attempt < 2_000; attempt += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (!handle.isRunning()) continue
    await handle.checkpoint()
    const outputs = [...(await all.readTopic(topics.deadLetters)), ...(await all.readTopic(topics.waiting))]
    if (outputs.length > 0) break
  }
  await handle.stop()
  return all
}

it('shows what waits for what, and why', async () => {
  const { readTopic, target } = await imported(
    [{ topic: 'child', version: 1, place: 'child.csv:2', cells: { id: 1, parent: 7, name: 'x' } }],
    { boundedness: 'unbounded' },
  )
  expect(await readTopic(topics.waiting)).toMatchObject([
    {
      kind: 'waiting',
      entity: 'child',
      id: '1',
      version: 1,
      missing: [{ field: 'parent', parent: 'parent:7', reason: 'never-seen' }],
      place: 'child.csv:2',
    },
  ])
  expect(target.rowsOf('child')).toEqual([])
})

it('gives an overdue record up when told so, as a dead letter with its row', async () => {
  const overdue = { boundedness: 'unbounded', overdueAfterMs: 1, whenOverdue: 'evict' }
  const { readTopic } = await imported(
    [{ topic: 'child', version: 1, place: 'child.csv:2', cells: { id: 1, parent: 7, name: 'x' } }],
    overdue,
  )
  expect(await readTopic(topics.deadLetters)).toMatchObject([
    { reason: 'waited longer than allowed for parent:7', place: 'child.csv:2', key: 'child:1' },
  ])
})

it('completes partial records, and refuses those that nothing is known of', async () => {
  const { readTopic, target } = await imported(
    [
      { topic: 'parent', version: 1, cells: { id: 7 } },
      { topic: 'child', version: 1, cells: { id: 1, parent: null, name: 'Ann', note: 'first' } },
      { topic: 'child', version: 2, isPartial: true, cells: { id: 1, parent: 7 } },
      { topic: 'child', version: 3, isPartial: true, cells: { id: 1, note: null } },
      { topic: 'child', version: 2, isPartial: true, place: 'late.csv:2', cells: { id: 1, name: 'Old' } },
      { topic: 'child', version: 1, isPartial: true, place: 'new.csv:2', cells: { id: 2, note: 'x' } },
    ],
    { audit: 'all' },
  )
  expect(target.rowsOf('child')).toEqual([{ id: 1, parent: 7, name: 'Ann', note: null, import_version: 3 }])
  const letters = await readTopic(topics.deadLetters)
  expect(letters).toHaveLength(2)
  expect(letters).toContainEqual(
    expect.objectContaining({
      reason: 'version 2 comes after a newer one',
      place: 'late.csv:2',
      key: 'child:1',
    }),
  )
  const reason = "column 'name': nothing is known that the partial record could go on from"
  expect(letters).toContainEqual(expect.objectContaining({ reason, place: 'new.csv:2', key: 'child:2' }))
  const fates = (await readTopic(topics.audit)).map((event) => JSON.stringify(event).replace(/,"place.*/, ''))
  expect(fates.toSorted()).toEqual([
    '{"key":"child:1","version":1,"fate":"released"',
    '{"key":"child:1","version":2,"fate":"released"',
    '{"key":"child:1","version":2,"fate":"stale"',
    '{"key":"child:1","version":3,"fate":"released"',
    '{"key":"parent:7","version":1,"fate":"released"',
  ])
})

it('lists the versions that a later one of the same transaction replaced', async () => {
  const { target } = await imported([
    { topic: 'parent', version: 1, place: 'one.csv:2', cells: { id: 7 } },
    { topic: 'parent', version: 2, place: 'two.csv:2', cells: { id: 7 } },
  ])
  expect(target.rowsOf('parent')).toEqual([{ id: 7, import_version: 2 }])
  expect(target.rowsOf('import_coalesced')).toEqual([
    { record_key: 'parent:7', record_version: 1, place: 'one.csv:2', import_version: 1 },
  ])
})
