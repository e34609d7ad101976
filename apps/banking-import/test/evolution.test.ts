// A model that changes while its import goes on: what the state goes on with, what is refused, and how the rest goes on.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogAppend } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTopics } from '../src/delivery/produce-delivery.js'
import { encodeTopicRecord } from '../src/delivery/topic-record.js'
import { job } from '../src/job.js'
import { integer } from '../src/model/column.js'
import { entity, type Entity } from '../src/model/entity.js'
import { type Model, model } from '../src/model/model.js'
import { stateObstacles } from '../src/model/model-change.js'
import type { DeliveredRecord } from '../src/model/parse-record.js'
import { outputTopics } from '../src/output-topics.js'
import { type Services, services } from './support/simulated-services.js'

const owner = entity('owner', { id: 'id', columns: { id: integer() } })
const columns = { id: integer(), owner: integer({ nullable: true }) }
const account = entity('account', { id: 'id', columns, foreignKeys: { owner: 'owner?' } })
const accountAlone = entity('account', { id: 'id', columns })
const booking = entity('booking', {
  id: 'id',
  columns: { id: integer(), account: integer() },
  foreignKeys: { account: 'account' },
})
const bankOf = (...entities: readonly Entity[]) => model(entities, { name: 'bank' })
const whole = bankOf(owner, account, booking)

describe('the state of an import', () => {
  it('goes on with new entities and columns', () => {
    expect(stateObstacles(bankOf(owner), whole)).toEqual([])
    const wider = entity('owner', { id: 'id', columns: { id: integer(), age: integer({ nullable: true }) } })
    expect(stateObstacles(bankOf(owner), bankOf(wider))).toEqual([])
  })

  it('does not know new foreign keys, other ids, other levels', () => {
    expect(stateObstacles(bankOf(owner, accountAlone), bankOf(owner, account))).toEqual([
      "'account.owner' is new",
    ])
    expect(stateObstacles(bankOf(accountAlone, booking, owner), whole)).toEqual([
      "'account.owner' is new",
      "'booking' has moved from level 1 to 2",
    ])
    expect(stateObstacles(whole, bankOf(owner, account))).toEqual(["'booking' is gone"])
    const other = entity('owner', { id: ['id', 'region'], columns: { id: integer(), region: integer() } })
    expect(stateObstacles(bankOf(owner), bankOf(other))).toEqual(["the id of 'owner' is another"])
  })
})

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-evolution-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function append({ log }: Services, topic: string, records: readonly DeliveredRecord[]): Promise<void> {
  const appends = records.map((record): LogAppend => {
    const value = new TextEncoder().encode(encodeTopicRecord(record))
    return { topic, partition: 0, key: undefined, value, timestampMs: 0 }
  })
  await log.append(appends)
}

interface Run {
  /** A state of its own is a job of its own. */
  readonly state: string
  readonly phase?: 'bootstrap'
  readonly hasBootstrap?: boolean
}

async function run({ connections }: Services, of: Model, { state, ...params }: Run): Promise<void> {
  const place = { jobId: state, state: join(directory, state) }
  const options = { connections, parallelism: 2, ...place, logger: new RecordingLogger() }
  await (await execute(job, { model: of, boundedness: 'bounded', ...params }, options)).result
}

it('knows the records of before when an entity is added that refers to them', async () => {
  const all = await services(whole, 1)
  await append(all, 'owner', [{ version: 1, cells: { id: 1 } }])
  await append(all, 'account', [
    { version: 1, cells: { id: 10, owner: 1 } },
    { version: 1, cells: { id: 11, owner: 2 } },
  ])
  await run(all, bankOf(owner, account), { state: 'one' })
  await append(all, 'booking', [
    { version: 1, cells: { id: 100, account: 10 } },
    { version: 1, cells: { id: 101, account: 11 } },
  ])
  // Account 10 may not go while booking 100 refers to it.
  await append(all, 'account', [{ op: 'delete', version: 2, cells: { id: 10 } }])
  await append(all, 'owner', [{ version: 1, cells: { id: 2 } }])
  await run(all, whole, { state: 'one' })
  expect(all.target.rowsOf('booking').map(({ id }) => id)).toContain(101)
  expect(all.target.history().foreignKeyViolations).toBe(0)
  expect(await all.readTopic(outputTopics(whole).deadLetters)).toEqual([])
})

it('backfills a new foreign key from the rows of the target', async () => {
  const all = await services(whole, 1)
  const first = bankOf(owner, accountAlone)
  await append(all, 'owner', [{ version: 1, cells: { id: 1 } }])
  await append(all, 'account', [{ version: 1, cells: { id: 10, owner: 1 } }])
  await run(all, first, { state: 'one' })
  // The new lineage reads what comes from now on, in topics of its own.
  const renamed = bankOf({ ...owner, topic: 'owner-2' }, { ...account, topic: 'account-2' })
  await createTopics(all.log, renamed, 1)
  await run(all, renamed, { state: 'two', phase: 'bootstrap' })
  await append(all, 'owner-2', [{ op: 'delete', version: 2, cells: { id: 1 } }])
  await append(all, 'account-2', [{ version: 2, cells: { id: 11, owner: 3 } }])
  await run(all, renamed, { state: 'two', hasBootstrap: true })
  // Account 10 holds its owner by the key that is new; account 11 waits for its own.
  expect(all.target.rowsOf('owner').map(({ id }) => id)).toEqual([1])
  expect(all.target.rowsOf('account').map(({ id }) => id)).toEqual([10])
  expect(all.target.history().foreignKeyViolations).toBe(0)
})
