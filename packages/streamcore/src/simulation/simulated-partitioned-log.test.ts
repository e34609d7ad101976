// The simulated log: the contract of all logs, and what a faulty wire does to its requests.
import { describe, expect, it } from 'vitest'
import { describePartitionedLog } from '../testing/contracts/partitioned-log.contract.js'
import type { SimulatedLink } from './simulated-link.js'
import { SimulatedPartitionedLog } from './simulated-partitioned-log.js'

describePartitionedLog('the simulated log', () => {
  const log = new SimulatedPartitionedLog()
  return Promise.resolve({
    log,
    reopen: () => Promise.resolve(log.connect({})),
    cleanUp: () => Promise.resolve(),
  })
})

const sink = { jobId: 'job', sinkUid: 'sink' }
const marker = { ...sink, epoch: 1, checkpointId: 1, madeBy: 1 }
const record = { topic: 'a', partition: 0, key: undefined, value: Uint8Array.of(1), timestampMs: 0 }
const always = { loseRequest: 0, loseReply: 0, duplicate: 0 }

function linkOf(options: { isAlive?: () => boolean } = {}): SimulatedLink {
  return {
    delay: () => Promise.resolve(),
    chance: (probability) => probability === 1,
    isAlive: options.isAlive ?? (() => true),
  }
}

describe('the simulated log over a faulty wire', () => {
  it('has stored a commit whose reply was lost', async () => {
    const log = new SimulatedPartitionedLog()
    await log.createTopic('a', { partitions: 1 })
    await log.claim(sink, 1)
    const client = log.connect({ link: linkOf(), faults: { ...always, loseReply: 1 } })
    await expect(client.commit(marker, [record])).rejects.toMatchObject({ code: 'STREAMCORE_CONNECTION' })
    expect(await log.claim(sink, 2)).toMatchObject({ checkpointId: 1 })
  })

  it('has stored nothing of a commit whose request was lost', async () => {
    const log = new SimulatedPartitionedLog()
    await log.createTopic('a', { partitions: 1 })
    await log.claim(sink, 1)
    const client = log.connect({ link: linkOf(), faults: { ...always, loseRequest: 1 } })
    await expect(client.commit(marker, [record])).rejects.toMatchObject({ code: 'STREAMCORE_CONNECTION' })
    expect(await log.claim(sink, 2)).toBeUndefined()
  })

  it('applies a duplicated commit once and never duplicates a plain append', async () => {
    const log = new SimulatedPartitionedLog()
    await log.createTopic('a', { partitions: 1 })
    const client = log.connect({ link: linkOf(), faults: { ...always, duplicate: 1 } })
    await client.claim(sink, 1)
    await client.commit(marker, [record])
    await client.append([record])
    expect(await client.offsets('a', 0)).toEqual({ start: 0, end: 2 })
    expect(log.commits()).toHaveLength(1)
  })

  it('applies what a dead client sent before it died, and never answers it', async () => {
    const log = new SimulatedPartitionedLog()
    await log.createTopic('a', { partitions: 1 })
    await log.claim(sink, 1)
    let isAlive = true
    let isAnswered = false
    const client = log.connect({ link: linkOf({ isAlive: () => isAlive }) })
    void client.commit(marker, [record]).then(() => {
      isAnswered = true
    })
    isAlive = false
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    expect(log.commits()).toHaveLength(1)
    expect(isAnswered).toBe(false)
  })
})
