// The embedded log on LevelDB: the contract of all logs, sharing within a process, damage.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LevelKeyValueStore } from 'streamcore/leveldb'
import { describePartitionedLog } from 'streamcore/testing/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from './client/embedded-log-client.js'
import { KeyValuePartitionedLog } from './key-value-partitioned-log.js'
import { offsetsKey, recordKey } from './log-keys.js'

let root: string
let directory: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'streamcore-log-'))
})
beforeEach(async () => {
  directory = await mkdtemp(join(root, 'log-'))
})
afterAll(() => rm(root, { recursive: true }))

describePartitionedLog('the embedded log', async () => {
  const path = await mkdtemp(join(root, 'contract-'))
  let log = await openEmbeddedLog(path)
  return {
    log,
    reopen: async () => {
      await log.close()
      log = await openEmbeddedLog(path)
      return log
    },
    cleanUp: () => log.close(),
  }
})

const record = { topic: 'a', partition: 0, key: undefined, value: Uint8Array.of(7), timestampMs: 0 }

describe('the embedded log of a directory', () => {
  it('is shared by all who open it in one process, whatever they call the directory', async () => {
    const one = await openEmbeddedLog(directory)
    const two = await openEmbeddedLog(join(directory, '..', directory.slice(directory.lastIndexOf('/') + 1)))
    await one.createTopic('a', { partitions: 1 })
    await two.append([record])
    await one.close()
    await one.close()
    expect(await two.offsets('a', 0)).toEqual({ start: 0, end: 1 })
    await two.close()
    const three = await openEmbeddedLog(directory)
    expect(await three.offsets('a', 0)).toEqual({ start: 0, end: 1 })
    await three.close()
  })

  it('is opened once by many who open and close it at the same time', async () => {
    const turns = Array.from({ length: 30 }, async (_, index) => {
      const log = await openEmbeddedLog(directory)
      await log.createTopic('a', { partitions: 1 })
      await log.append([{ ...record, value: Uint8Array.of(index) }])
      await log.close()
    })
    await Promise.all(turns)
    const log = await openEmbeddedLog(directory)
    expect(await log.offsets('a', 0)).toEqual({ start: 0, end: 30 })
    await log.close()
  })
})

describe('a damaged log', () => {
  async function damaged(
    break_: (store: LevelKeyValueStore) => Promise<void>,
  ): Promise<KeyValuePartitionedLog> {
    const log = await KeyValuePartitionedLog.open(await LevelKeyValueStore.open(directory))
    await log.createTopic('a', { partitions: 1 })
    for (let turn = 0; turn < 3; turn++) await log.append([record])
    await log.close()
    const store = await LevelKeyValueStore.open(directory)
    await break_(store)
    return await KeyValuePartitionedLog.open(store)
  }

  it('says which record is missing instead of skipping it', async () => {
    const log = await damaged((store) =>
      store.batch([{ kind: 'delete', key: recordKey('a', 0, 1) }], { sync: true }),
    )
    await expect(log.read('a', 0, { fromOffset: 0, maxRecords: 9 })).rejects.toThrow(
      'topic a, partition 0, offset 1',
    )
    expect(await log.read('a', 0, { fromOffset: 2, maxRecords: 9 })).toHaveLength(1)
    await log.close()
  })

  it('refuses cut bytes and broken offsets', async () => {
    const cut = { kind: 'put', key: recordKey('a', 0, 0), value: Uint8Array.of(2) } as const
    const log = await damaged((store) => store.batch([cut], { sync: true }))
    await expect(log.read('a', 0, { fromOffset: 0, maxRecords: 1 })).rejects.toMatchObject({
      code: 'STREAMCORE_INPUT',
    })
    await log.close()
    const store = await LevelKeyValueStore.open(directory)
    const value = new TextEncoder().encode('{"start":5,"end":1}')
    await store.batch([{ kind: 'put', key: offsetsKey('a', 0), value }], { sync: true })
    await expect(KeyValuePartitionedLog.open(store)).rejects.toMatchObject({ code: 'STREAMCORE_INPUT' })
    await store.close()
  })
})

describe('the log after a write has failed', () => {
  it('refuses further use until it is opened anew, and knows that it is broken', async () => {
    const store = await LevelKeyValueStore.open(directory)
    const log = await KeyValuePartitionedLog.open(store)
    await log.createTopic('a', { partitions: 1 })
    // A closed store fails as one does whose disk is full.
    await store.close()
    await expect(log.append([record])).rejects.toMatchObject({
      code: 'STREAMCORE_IO',
      name: 'RetryableError',
    })
    expect(log.isBroken).toBe(true)
    await expect(log.createTopic('b', { partitions: 1 })).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
    expect(await log.offsets('a', 0)).toEqual({ start: 0, end: 0 })
  })
})
