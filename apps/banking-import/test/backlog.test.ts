// Limits of what waits: topics rest while what is missing may still be read, and only then waiting is given up.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InMemoryMetrics, type LogAppend } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { BacklogMeter } from '../src/backlog/backlog-meter.js'
import { encodeTopicRecord } from '../src/delivery/topic-record.js'
import { job } from '../src/job.js'
import { integer } from '../src/model/column.js'
import { entity } from '../src/model/entity.js'
import { model } from '../src/model/model.js'
import { modelGraph } from '../src/model/model-graph.js'
import { outputTopics } from '../src/output-topics.js'
import { backlogMaxMetric, backlogMetric } from '../src/sinks/backlog-gauge.js'
import { restingSource, restsMetric } from '../src/sources/resting-source.js'
import { type Services, services } from './support/simulated-services.js'

const owner = entity('owner', { id: 'id', columns: { id: integer() } })
const account = entity('account', {
  id: 'id',
  columns: { id: integer(), owner: integer() },
  foreignKeys: { owner: 'owner' },
})
const booking = entity('booking', {
  id: 'id',
  columns: { id: integer(), account: integer() },
  foreignKeys: { account: 'account' },
})
const bank = model([owner, account, booking], { name: 'bank' })
const topics = outputTopics(bank)

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-backlog-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function fill({ log }: Services, topic: string, rows: readonly object[]): Promise<void> {
  const encoder = new TextEncoder()
  const appends = rows.map((row): LogAppend => {
    const value = encoder.encode(encodeTopicRecord({ version: 1, cells: { ...row } }))
    return { topic, partition: 0, key: undefined, value, timestampMs: 0 }
  })
  await log.append(appends)
}

const count = 3_000
const ids = Array.from({ length: count }, (_, id) => id)

async function run({ connections }: Services, backlog: object): Promise<InMemoryMetrics> {
  const metrics = new InMemoryMetrics()
  const options = { connections, metrics, state: directory, logger: new RecordingLogger(), parallelism: 2 }
  await (await execute(job, { model: bank, boundedness: 'bounded', backlog }, options)).result
  return metrics
}

function valueOf(metrics: InMemoryMetrics, name: string, label = ''): number {
  return metrics
    .series()
    .filter((series) => series.name === name && Object.values(series.labels).join().includes(label))
    .reduce((sum, { value }) => sum + value, 0)
}

it('lets topics rest whose records wait, so that the backlog stays small and nothing is given up', async () => {
  const all = await services(bank, 1)
  await fill(
    all,
    'booking',
    ids.map((id) => ({ id, account: count - 1 - id })),
  )
  await fill(
    all,
    'account',
    ids.map((id) => ({ id, owner: count - 1 - id })),
  )
  await fill(
    all,
    'owner',
    ids.map((id) => ({ id })),
  )
  const metrics = await run(all, { perEdge: 40, patienceMs: 60_000 })
  expect(all.target.rowsOf('booking')).toHaveLength(count)
  expect(await all.readTopic(topics.deadLetters)).toEqual([])
  expect(valueOf(metrics, restsMetric)).toBeGreaterThan(0)
  expect(valueOf(metrics, backlogMaxMetric, 'booking.account')).toBeGreaterThanOrEqual(40)
  expect(valueOf(metrics, backlogMaxMetric, 'booking.account')).toBeLessThan(count / 4)
  expect(valueOf(metrics, backlogMetric)).toBe(0)
})

it('gives up what exceeds the limit once all that is missing has been read, as dead letters', async () => {
  const all = await services(bank, 1)
  await fill(
    all,
    'account',
    ids.map((id) => ({ id, owner: id })),
  )
  await fill(all, 'owner', [{ id: 5 }])
  const metrics = await run(all, { total: 40, patienceMs: 0 })
  const letters = await all.readTopic(topics.deadLetters)
  expect(all.target.rowsOf('account')).toEqual([{ id: 5, owner: 5, import_version: 1 }])
  expect(letters.length + valueOf(metrics, backlogMetric)).toBe(count - 1)
  expect(valueOf(metrics, backlogMetric)).toBeLessThan(count / 4)
  expect(letters[0]).toMatchObject({ isWaiting: false, reason: expect.stringContaining('too many wait') })
})

it('limits what waits for one record', async () => {
  const all = await services(bank, 1)
  await fill(all, 'account', [...ids.slice(0, 100).map((id) => ({ id, owner: 1 })), { id: 100, owner: 2 }])
  await run(all, { perParent: 10 })
  expect(await all.readTopic(topics.deadLetters)).toHaveLength(90)
  await fill(all, 'owner', [{ id: 1 }, { id: 2 }])
  await run(all, { perParent: 10 })
  expect(all.target.rowsOf('account')).toHaveLength(11)
})

it('forgets what a failed incarnation counted in the same process, else its topics might rest for ever (import seed 637)', async () => {
  const meter = new BacklogMeter(modelGraph(bank), { perParent: 0, perEdge: 10, total: 10, patienceMs: 100 })
  const source = restingSource<string>(
    {
      kind: 'none',
      config: null,
      boundedness: 'bounded',
      createEnumerator: () => Promise.resolve({ discover: async () => [], close: async () => {} }),
      createReader: () => Promise.reject(new Error('there is no split')),
    },
    { meter, entityOf: () => 'account', fetchRecordsMax: 10 },
  )
  meter.setLane('account/0', 'account', undefined)
  meter.set('account.owner', 12)
  expect([meter.isPaused('account', 0), meter.isPaused('booking', 0)]).toEqual([true, true])
  await source.createEnumerator((await services(bank, 1)).context)
  expect([meter.isPaused('account', 0), meter.isPaused('booking', 0)]).toEqual([false, false])
})

it('rests only where reading on elsewhere can help', () => {
  const graph = modelGraph(model([owner, account, booking, node], { name: 'wide' }))
  const meter = new BacklogMeter(graph, { perParent: 0, perEdge: 10, total: 0, patienceMs: 100 })
  for (const { name } of [owner, account, booking, node]) meter.setLane(`${name}/0`, name, undefined)
  const paused = (nowMs: number) =>
    [owner, account, booking, node].filter(({ name }) => meter.isPaused(name, nowMs)).map(({ name }) => name)
  expect(paused(0)).toEqual([])
  meter.set('booking.account', 10)
  expect(paused(0)).toEqual(['booking'])
  meter.setLane('account/0', 'account', 5)
  // The owners of accounts are to be read still.
  expect(paused(200)).toEqual(['booking'])
  meter.setLane('owner/0', 'owner', 150)
  expect([paused(200), meter.mustGiveUp('booking', 200)]).toEqual([['booking'], false])
  expect([paused(250), meter.mustGiveUp('booking', 250)]).toEqual([[], true])
  meter.set('node.parent', 10)
  expect([paused(0), meter.mustGiveUp('node', 0)]).toEqual([['booking'], true])
})

const node = entity('node', {
  id: 'id',
  columns: { id: integer(), parent: integer({ nullable: true }) },
  foreignKeys: { parent: 'node?' },
})
