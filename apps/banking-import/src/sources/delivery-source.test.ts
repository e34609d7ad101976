// A delivery read from its files, once or more often.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localFiles } from '@streamcore/connectors/files'
import type { JsonValue } from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { preconditions } from '../generate/precondition-plan.js'
import { modelGraph } from '../model/model-graph.js'
import { deliverySource } from './delivery-source.js'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'delivery-source-'))
  const customers = Array.from({ length: 12 }, (_, index) => `${index + 1},Customer ${index + 1}`)
  writeFileSync(join(directory, 'customer.csv'), ['id,name', ...customers, 'x,broken', ''].join('\n'))
  writeFileSync(join(directory, 'account.csv'), 'id,customerId,iban\n1,4,A\n2,9,B\n')
})
afterAll(() => rmSync(directory, { recursive: true }))

function context() {
  const ports = nodePorts({ logLevel: 'error' })
  return { jobId: 'test', uid: 'records', connections: { files: localFiles() }, ports }
}

interface Read {
  readonly keys: string[]
  readonly rejected: string[]
  readonly position: JsonValue
}

/** Reads to the end, or at most so many batches. */
async function read(copies: number, position?: JsonValue, batches = Infinity): Promise<Read> {
  const delivery = { directory, copies, stride: 100, shuffleSeed: null }
  const source = deliverySource(delivery, modelGraph(preconditions))
  const reader = await source.createReader({ id: 'delivery', info: null }, position, context())
  const keys: string[] = []
  const rejected: string[] = []
  let last: JsonValue = position ?? null
  for (let count = 0; count < batches; count += 1) {
    const batch = await reader.fetch(5)
    keys.push(...batch.records.map(({ key }) => key))
    rejected.push(...(batch.rejected ?? []).map(({ place }) => place))
    last = batch.endPosition
    if (batch.isEnd) break
  }
  await reader.close()
  return { keys, rejected, position: last }
}

it('gives every record once per copy, under ids of their own, parents first', async () => {
  const { keys } = await read(3)
  expect(keys).toHaveLength(3 * 14)
  expect(new Set(keys).size).toBe(3 * 14)
  expect(keys).toEqual(expect.arrayContaining(['customer:12', 'customer:212', 'account:201']))
})

it('reports a broken line once, however many copies there are', async () => {
  expect((await read(3)).rejected).toEqual([expect.stringContaining('customer.csv:14')])
})

it.each([1, 2, 3, 4, 5, 6, 7])('goes on behind batch %i as if nothing had happened', async (batches) => {
  const whole = await read(3)
  const begun = await read(3, undefined, batches)
  const rest = await read(3, begun.position)
  expect([...begun.keys, ...rest.keys]).toEqual(whole.keys)
  expect([...begun.rejected, ...rest.rejected]).toEqual(whole.rejected)
})

it('refuses the position of another delivery, of which it would skip records', async () => {
  const { position } = await read(3, undefined, 2)
  await expect(read(2, position)).rejects.toMatchObject({
    code: 'STREAMCORE_RESTORE',
    message: expect.stringMatching(/3 times, .* 2 times, .* --folder of its own/),
  })
})

it('refuses a position of something else', async () => {
  await expect(read(1, { offset: 3 })).rejects.toMatchObject({ code: 'STREAMCORE_RESTORE' })
})
