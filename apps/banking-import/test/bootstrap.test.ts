// An import into a target that holds rows already: they are read first, and deletes and moves then respect them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogAppend, type RowChange } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { encodeTopicRecord } from '../src/delivery/topic-record.js'
import { job } from '../src/job.js'
import { integer } from '../src/model/column.js'
import { entity } from '../src/model/entity.js'
import { model } from '../src/model/model.js'
import type { DeliveredRecord } from '../src/model/parse-record.js'
import { tablesOf } from '../src/model/table.js'
import { type Services, services } from './support/simulated-services.js'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-bootstrap-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

const parents = entity('parent', { id: 'id', columns: { id: integer() } })
const children = entity('child', {
  id: 'id',
  columns: { id: integer(), parent: integer({ nullable: true }) },
  foreignKeys: { parent: 'parent?' },
})
const family = model([parents, children], { name: 'family' })

async function fillTarget(
  { target }: Services,
  rows: readonly Pick<RowChange, 'table' | 'row'>[],
): Promise<void> {
  await target.prepare(tablesOf(family))
  await target.claim({ jobId: 'earlier', sinkUid: 'target' }, 1)
  const marker = { jobId: 'earlier', sinkUid: 'target', epoch: 1, checkpointId: 1, madeBy: 1 }
  await target.apply(
    marker,
    rows.map(({ table, row }) => ({
      kind: 'upsert',
      table,
      row: { ...row, import_version: 1 },
      version: 1,
      place: 'earlier',
    })),
  )
}

async function append(
  { log }: Services,
  records: readonly (DeliveredRecord & { readonly topic: string })[],
): Promise<void> {
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
  await log.append(appends)
}

async function run({ connections }: Services, params: object): Promise<void> {
  const options = { connections, parallelism: 2, state: directory, logger: new RecordingLogger() }
  await (await execute(job, { model: family, boundedness: 'bounded', ...params }, options)).result
}

it('knows the rows of the target and what they refer to', async () => {
  const all = await services(family, 1)
  await fillTarget(all, [
    { table: 'parent', row: { id: 1 } },
    { table: 'parent', row: { id: 2 } },
    { table: 'child', row: { id: 10, parent: 1 } },
    { table: 'child', row: { id: 11, parent: null } },
  ])
  await append(all, [
    // Held while child 10 points at parent 1, which moves away only afterwards.
    { topic: 'parent', op: 'delete', version: 2, cells: { id: 1 } },
    { topic: 'child', version: 2, cells: { id: 10, parent: 2 } },
    { topic: 'child', version: 2, cells: { id: 12, parent: 2 } },
    // Parent 1 is deleted: this one waits.
    { topic: 'child', version: 2, cells: { id: 13, parent: 3 } },
  ])
  await run(all, { phase: 'bootstrap' })
  expect(all.target.history().writes).toHaveLength(4)
  await run(all, { hasBootstrap: true })
  expect(all.target.rowsOf('parent').map(({ id }) => id)).toEqual([2])
  expect(all.target.rowsOf('child').map(({ id, parent }) => [id, parent])).toEqual([
    [10, 2],
    [11, null],
    [12, 2],
  ])
  expect(all.target.history().foreignKeyViolations).toBe(0)
})

it('keeps a row of the target whose child stays', async () => {
  const all = await services(family, 1)
  await fillTarget(all, [
    { table: 'parent', row: { id: 1 } },
    { table: 'child', row: { id: 10, parent: 1 } },
  ])
  await append(all, [{ topic: 'parent', op: 'delete', version: 2, cells: { id: 1 } }])
  await run(all, { phase: 'bootstrap' })
  await run(all, { hasBootstrap: true })
  expect(all.target.rowsOf('parent')).toHaveLength(1)
  expect(all.target.history().foreignKeyViolations).toBe(0)
})

it('refuses a live run whose bootstrap run never took place', async () => {
  const all = await services(family, 1)
  await fillTarget(all, [{ table: 'parent', row: { id: 1 } }])
  await expect(run(all, { hasBootstrap: true })).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
})
