// A log on top of another: reads go on from one to the other, writes never reach the base.
import type { LogAppend, PartitionedLog } from 'streamcore'
import { SimulatedPartitionedLog } from 'streamcore/simulation'
import { expect, it } from 'vitest'
import { OverlayLog } from '../src/delivery/overlay-log.js'

const textOf = (value: Uint8Array | undefined) => new TextDecoder().decode(value)

async function put(log: PartitionedLog, ...values: readonly string[]): Promise<void> {
  const appends = values.map((value): LogAppend => {
    return {
      topic: 'a',
      partition: 0,
      key: undefined,
      value: new TextEncoder().encode(value),
      timestampMs: 0,
    }
  })
  await log.append(appends)
}

async function readAll(log: PartitionedLog, maxRecords: number): Promise<readonly string[]> {
  const found: string[] = []
  let { start: fromOffset } = await log.offsets('a', 0)
  for (;;) {
    const page = await log.read('a', 0, { fromOffset, maxRecords })
    const last = page.at(-1)
    if (last === undefined) return found
    found.push(...page.map(({ offset, value }) => `${offset} ${textOf(value)}`))
    fromOffset = last.offset + 1
  }
}

it('reads what was there and what is put on top, with offsets that go on', async () => {
  const base = new SimulatedPartitionedLog()
  await base.createTopic('a', { partitions: 1 })
  await base.createTopic('outputs', { partitions: 1 })
  await put(base, 'x', 'y', 'z')
  const log = await OverlayLog.on(base, { over: new SimulatedPartitionedLog(), topics: ['a', 'none'] })
  await put(base, 'later')
  await put(log, 'on top')
  for (const maxRecords of [1, 2, 9])
    expect(await readAll(log, maxRecords)).toEqual(['0 x', '1 y', '2 z', '3 on top'])
  expect(await log.offsets('a', 0)).toEqual({ start: 0, end: 4 })
  expect((await base.offsets('a', 0)).end).toBe(4)
  expect(await log.topics()).toEqual(['a'])
})
