// Records that waited too long: they are reported and wait on, or are given up and come again, and are applied once.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogAppend } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { redrive } from '../src/delivery/redrive.js'
import { encodeTopicRecord } from '../src/delivery/topic-record.js'
import { readDeadLetters } from '../src/inspect/dead-letters.js'
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
  columns: { id: integer(), parent: integer({ nullable: true }), note: text({ nullable: true }) },
  foreignKeys: { parent: 'parent?' },
})
const family = model([parent, child], { name: 'family' })
const topics = outputTopics(family)

let directory = ''
let all: Services
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-redrive-'))
  all = await services(family, 1)
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function append(topic: string, records: readonly DeliveredRecord[]): Promise<void> {
  const encoder = new TextEncoder()
  const appends = records.map((record): LogAppend => {
    const value = encoder.encode(encodeTopicRecord(record))
    return { topic, partition: 0, key: undefined, value, timestampMs: 0 }
  })
  await all.log.append(appends)
}

const params = { model: family, reportAfterMs: 0, audit: 'all' }

async function start(boundedness: 'bounded' | 'unbounded', more: object) {
  const options = { connections: all.connections, state: directory, logger: new RecordingLogger() }
  return await execute(job, { ...params, boundedness, ...more }, options)
}

/** Runs until so many dead letters have been written. */
async function runUntilLetters(count: number, more: object): Promise<void> {
  const handle = await start('unbounded', more)
  const moment = () => new Promise((resolve) => setImmediate(resolve))
  while (!handle.isRunning()) await moment()
  // Timers fire while the job waits for more; what they emit is committed by the next checkpoint.
  for (let attempt = 0; attempt < 5_000; attempt += 1) {
    await handle.checkpoint()
    if ((await all.readTopic(topics.deadLetters)).length >= count) break
    await moment()
  }
  await handle.stop()
}

async function runToEnd(more: object = {}): Promise<void> {
  await (await start('bounded', more)).result
}

const evicts = { overdueAfterMs: 1, whenOverdue: 'evict' }
const redriveAll = (delivery: number) =>
  redrive({ log: all.log, model: family, letters: readDeadLetters(all.log, family), delivery })
const writesOf = (table: string) => all.target.history().writes.filter((write) => write.table === table)
const fatesOf = async (key: string) =>
  (await all.readTopic(topics.audit)).flatMap((event) =>
    typeof event === 'object' && event !== null && Reflect.get(event, 'key') === key
      ? [`${Reflect.get(event, 'version')} ${Reflect.get(event, 'fate')}`]
      : [],
  )

it('applies a version that was given up once it comes again, and only once', async () => {
  await append('child', [{ version: 1, place: 'child.csv:2', cells: { id: 1, parent: 7, note: 'x' } }])
  await runUntilLetters(1, evicts)
  expect(await all.readTopic(topics.deadLetters)).toMatchObject([
    { key: 'child:1', version: 1, missing: ['parent:7'], attempt: 0, isWaiting: false },
  ])
  await append('parent', [{ version: 1, cells: { id: 7 } }])
  // Whoever redrives may die and do it again; and somebody may redrive all letters another time.
  expect(await redriveAll(2)).toMatchObject({ redriven: 1 })
  expect(await redriveAll(2)).toMatchObject({ redriven: 1 })
  await runToEnd(evicts)
  expect(await redriveAll(3)).toMatchObject({ redriven: 1 })
  await runToEnd(evicts)
  expect(all.target.rowsOf('child')).toMatchObject([{ id: 1, parent: 7, note: 'x' }])
  expect(writesOf('child')).toHaveLength(1)
  expect(await fatesOf('child:1')).toEqual(['1 evicted', '1 released', '1 duplicate', '1 duplicate'])
})

it('does not bring a version back behind a newer one', async () => {
  await append('child', [{ version: 1, cells: { id: 1, parent: 7, note: 'old' } }])
  await runUntilLetters(1, evicts)
  await append('child', [{ version: 2, cells: { id: 1, parent: null, note: 'new' } }])
  await append('parent', [{ version: 1, cells: { id: 7 } }])
  await redriveAll(2)
  await runToEnd(evicts)
  expect(all.target.rowsOf('child')).toMatchObject([{ id: 1, note: 'new' }])
  expect(await fatesOf('child:1')).toEqual(['1 evicted', '2 released', '1 stale'])
})

it('gives a version up again when what it waits for is missing still', async () => {
  await append('child', [{ version: 1, cells: { id: 1, parent: 7, note: 'x' } }])
  await runUntilLetters(1, evicts)
  await redriveAll(2)
  await runUntilLetters(2, evicts)
  await append('parent', [{ version: 1, cells: { id: 7 } }])
  expect(await redriveAll(3)).toMatchObject({ letters: 2, redriven: 1 })
  await runToEnd(evicts)
  expect(writesOf('child')).toHaveLength(1)
})

it('takes a partial record with the values it was completed with', async () => {
  await append('child', [
    { version: 1, cells: { id: 1, parent: null, note: 'kept' } },
    { version: 2, isPartial: true, cells: { id: 1, parent: 7 } },
  ])
  await runUntilLetters(1, evicts)
  await append('parent', [{ version: 1, cells: { id: 7 } }])
  await redriveAll(2)
  await runToEnd(evicts)
  expect(all.target.rowsOf('child')).toMatchObject([{ id: 1, parent: 7, note: 'kept', import_version: 2 }])
})

it('lets an overdue record wait on where it is only reported: it goes by itself', async () => {
  await append('child', [{ version: 1, cells: { id: 1, parent: 7, note: 'x' } }])
  await runUntilLetters(1, { overdueAfterMs: 1, whenOverdue: 'report' })
  expect(await all.readTopic(topics.deadLetters)).toMatchObject([
    { reason: 'overdue, and goes on waiting, for parent:7', isWaiting: true },
  ])
  await append('parent', [{ version: 1, cells: { id: 7 } }])
  const { redriven, skipped } = await redriveAll(2)
  expect([redriven, [...skipped.values()]]).toEqual([0, [1]])
  await runToEnd({ overdueAfterMs: 1, whenOverdue: 'report' })
  expect(writesOf('child')).toHaveLength(1)
  expect(await all.readTopic(topics.deadLetters)).toHaveLength(1)
})

it('puts records back that were refused, behind a bad one that stays', async () => {
  const bytes = new TextEncoder().encode('{')
  await all.log.append([{ topic: 'parent', partition: 0, key: undefined, value: bytes, timestampMs: 0 }])
  await append('parent', [{ version: 1, cells: { id: 7, unknown: 1 } }])
  await runToEnd()
  const { letters, redriven, skipped } = await redriveAll(2)
  expect({ letters, redriven }).toEqual({ letters: 2, redriven: 1 })
  expect([...skipped]).toEqual([['it is no record: correct it and send it again', 1]])
  const [, , again] = await all.log.read('parent', 0, { fromOffset: 0, maxRecords: 10 })
  expect(new TextDecoder().decode(again?.value)).toContain('unknown')
})
