/** What every partitioned log must do: run on the embedded log, Kafka and the simulated twin. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogAppend, PartitionedLog } from '../../contracts/ports/partitioned-log.js'
import type { CommitMarker } from '../../contracts/sink.js'

/** A log under test over fresh storage. */
export interface PartitionedLogFixture {
  readonly log: PartitionedLog
  /** Closes the log and opens it again over the same storage. */
  reopen(): Promise<PartitionedLog>
  cleanUp(): Promise<void>
}

const sink = { jobId: 'job', sinkUid: 'sink' }

/** Declares the suite; `open` makes a fresh, empty log for each test. */
export function describePartitionedLog(name: string, open: () => Promise<PartitionedLogFixture>): void {
  describe(`${name} as a partitioned log`, () => {
    let fixture: PartitionedLogFixture
    let log: PartitionedLog

    beforeEach(async () => {
      fixture = await open()
      log = fixture.log
    })
    afterEach(() => fixture.cleanUp())

    describe('topics', () => describeTopics(() => log))
    describe('records', () => describeRecords(() => log))
    describe('retention', () => describeRetention(() => log))
    describe('commits', () => describeCommits(() => log))

    it('keeps topics, records and the fence when it is opened again', async () => {
      await log.createTopic('kept', { partitions: 2 })
      await log.claim(sink, 3)
      await log.commit(markerOf(3, 1), [recordOf('kept', 1, 'a')])
      log = await fixture.reopen()
      expect(await log.partitionCount('kept')).toBe(2)
      expect(await valuesOf(log, 'kept', 1)).toEqual(['a'])
      await expect(log.claim(sink, 2)).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
      expect(await log.claim(sink, 4)).toMatchObject({ checkpointId: 1, madeBy: 3 })
      await log.append([recordOf('kept', 1, 'b')])
      expect(await log.offsets('kept', 1)).toEqual({ start: 0, end: 2 })
    })
  })
}

function describeTopics(log: () => PartitionedLog): void {
  it('lists topics in order and says how many partitions they have', async () => {
    await log().createTopic('b', { partitions: 3 })
    await log().createTopic('a', { partitions: 1 })
    expect(await log().topics()).toEqual(['a', 'b'])
    expect(await log().partitionCount('b')).toBe(3)
    expect(await log().partitionCount('c')).toBeUndefined()
  })

  it('takes a topic that exists already, but not with another number of partitions', async () => {
    await log().createTopic('a', { partitions: 2 })
    await log().createTopic('a', { partitions: 2 })
    await expect(log().createTopic('a', { partitions: 3 })).rejects.toMatchObject({
      code: 'STREAMCORE_CONFIG',
    })
  })

  it.each(['', 'a/b', '..', 'ü', 'x'.repeat(250)])('refuses the topic name %j', async (name) => {
    await expect(log().createTopic(name, { partitions: 1 })).rejects.toMatchObject({
      code: 'STREAMCORE_CONFIG',
    })
  })

  it('refuses a topic without partitions and reading what is not there', async () => {
    await expect(log().createTopic('a', { partitions: 0 })).rejects.toMatchObject({
      code: 'STREAMCORE_CONFIG',
    })
    await log().createTopic('a', { partitions: 1 })
    await expect(log().offsets('a', 1)).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
    const range = { fromOffset: 0, maxRecords: 1 }
    await expect(log().read('b', 0, range)).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
  })
}

function describeRecords(log: () => PartitionedLog): void {
  it('gives records back in order, byte by byte, with their own offsets in each partition', async () => {
    await log().createTopic('a', { partitions: 2 })
    const key = Uint8Array.of(0, 255, 10)
    await log().append([
      { topic: 'a', partition: 1, key, value: Uint8Array.of(1, 0), timestampMs: 1234.5 },
      { topic: 'a', partition: 0, key: undefined, value: new Uint8Array(), timestampMs: -7 },
      { topic: 'a', partition: 1, key: new Uint8Array(), value: undefined, timestampMs: 0 },
    ])
    const records = await log().read('a', 1, { fromOffset: 0, maxRecords: 10 })
    expect(
      records.map((record) => ({ ...record, key: bytes(record.key), value: bytes(record.value) })),
    ).toEqual([
      { offset: 0, key: [0, 255, 10], value: [1, 0], timestampMs: 1234.5 },
      { offset: 1, key: [], value: undefined, timestampMs: 0 },
    ])
    const [other] = await log().read('a', 0, { fromOffset: 0, maxRecords: 10 })
    expect([bytes(other?.key), bytes(other?.value), other?.timestampMs]).toEqual([undefined, [], -7])
  })

  it('reads any range, and nothing at the end', async () => {
    await log().createTopic('a', { partitions: 1 })
    await log().append(Array.from({ length: 25 }, (_, index) => recordOf('a', 0, `v${index}`)))
    const middle = await log().read('a', 0, { fromOffset: 9, maxRecords: 3 })
    expect(middle.map((record) => record.offset)).toEqual([9, 10, 11])
    expect(await log().read('a', 0, { fromOffset: 25, maxRecords: 3 })).toEqual([])
    expect(await log().read('a', 0, { fromOffset: 24, maxRecords: 3 })).toHaveLength(1)
    expect(await log().offsets('a', 0)).toEqual({ start: 0, end: 25 })
  })

  it('keeps topics apart whose names begin alike', async () => {
    for (const topic of ['a', 'a-', 'aa', 'a.0']) await log().createTopic(topic, { partitions: 12 })
    await log().append([recordOf('a', 1, 'one'), recordOf('a', 11, 'eleven'), recordOf('aa', 1, 'other')])
    expect(await valuesOf(log(), 'a', 1)).toEqual(['one'])
    expect(await valuesOf(log(), 'a', 11)).toEqual(['eleven'])
    expect(await valuesOf(log(), 'aa', 1)).toEqual(['other'])
    expect(await valuesOf(log(), 'a-', 1)).toEqual([])
  })

  it('appends nothing when one of the records has no partition', async () => {
    await log().createTopic('a', { partitions: 1 })
    const records = [recordOf('a', 0, 'good'), recordOf('a', 1, 'bad')]
    await expect(log().append(records)).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
    expect(await valuesOf(log(), 'a', 0)).toEqual([])
  })

  it('gives every record an offset of its own when appends run at the same time', async () => {
    await log().createTopic('a', { partitions: 1 })
    await Promise.all(Array.from({ length: 20 }, (_, index) => log().append([recordOf('a', 0, `v${index}`)])))
    const values = await valuesOf(log(), 'a', 0)
    expect(new Set(values).size).toBe(20)
    expect(values).toHaveLength(20)
  })
}

function describeRetention(log: () => PartitionedLog): void {
  it('drops the oldest records of each partition and says so to late readers', async () => {
    await log().createTopic('a', { partitions: 2, retentionRecords: 3 })
    await log().append(Array.from({ length: 8 }, (_, index) => recordOf('a', 0, `v${index}`)))
    await log().append([recordOf('a', 1, 'alone')])
    expect(await log().offsets('a', 0)).toEqual({ start: 5, end: 8 })
    expect(await valuesOf(log(), 'a', 0, 5)).toEqual(['v5', 'v6', 'v7'])
    expect(await valuesOf(log(), 'a', 1)).toEqual(['alone'])
    const late = log().read('a', 0, { fromOffset: 4, maxRecords: 1 })
    await expect(late).rejects.toMatchObject({ code: 'STREAMCORE_INPUT' })
  })
}

function describeCommits(log: () => PartitionedLog): void {
  beforeEach(() => log().createTopic('a', { partitions: 2 }))

  it('commits records of several partitions with the marker that the next claim gives', async () => {
    expect(await log().claim(sink, 1)).toBeUndefined()
    await log().commit(markerOf(1, 7), [recordOf('a', 0, 'x'), recordOf('a', 1, 'y')])
    expect(await valuesOf(log(), 'a', 0)).toEqual(['x'])
    expect(await valuesOf(log(), 'a', 1)).toEqual(['y'])
    expect(await log().claim(sink, 2)).toMatchObject({ ...sink, checkpointId: 7, madeBy: 1 })
  })

  it('commits an empty checkpoint as a marker', async () => {
    await log().claim(sink, 1)
    await log().commit(markerOf(1, 1), [])
    expect(await log().claim(sink, 1)).toMatchObject({ checkpointId: 1 })
  })

  it('refuses commits of a fenced epoch and keeps their records out', async () => {
    await log().claim(sink, 1)
    await log().claim(sink, 2)
    const commit = log().commit(markerOf(1, 1), [recordOf('a', 0, 'zombie')])
    await expect(commit).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
    expect(await valuesOf(log(), 'a', 0)).toEqual([])
    await expect(log().claim(sink, 1)).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
  })

  it('refuses a commit that nobody claimed', async () => {
    await expect(log().commit(markerOf(1, 1), [])).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
  })

  it('writes a repeated commit once and refuses one that goes back', async () => {
    await log().claim(sink, 1)
    await log().commit(markerOf(1, 1), [recordOf('a', 0, 'x')])
    await log().commit(markerOf(1, 1), [recordOf('a', 0, 'x')])
    await log().commit(markerOf(1, 2), [recordOf('a', 0, 'y')])
    const back = log().commit(markerOf(1, 1), [recordOf('a', 0, 'x')])
    await expect(back).rejects.toMatchObject({ code: 'STREAMCORE_RESTORE' })
    expect(await valuesOf(log(), 'a', 0)).toEqual(['x', 'y'])
  })

  it('keeps neither records nor marker of a commit that fails', async () => {
    await log().claim(sink, 1)
    const commit = log().commit(markerOf(1, 1), [recordOf('a', 0, 'x'), recordOf('missing', 0, 'y')])
    await expect(commit).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
    expect(await valuesOf(log(), 'a', 0)).toEqual([])
    expect(await log().claim(sink, 1)).toBeUndefined()
  })

  it('fences each sink of each job on its own', async () => {
    await log().claim(sink, 5)
    await log().claim({ jobId: 'job', sinkUid: 'other' }, 1)
    await log().claim({ jobId: 'job/sink', sinkUid: 'sink' }, 2)
    await log().commit({ ...markerOf(1, 1), sinkUid: 'other' }, [])
    expect(await log().claim(sink, 5)).toBeUndefined()
  })
}

function markerOf(epoch: number, checkpointId: number): CommitMarker {
  return { ...sink, epoch, checkpointId, madeBy: epoch }
}

function recordOf(topic: string, partition: number, value: string): LogAppend {
  return { topic, partition, key: undefined, value: new TextEncoder().encode(value), timestampMs: 0 }
}

function bytes(value: Uint8Array | undefined): number[] | undefined {
  return value && [...value]
}

async function valuesOf(
  log: PartitionedLog,
  topic: string,
  partition: number,
  fromOffset = 0,
): Promise<string[]> {
  const records = await log.read(topic, partition, { fromOffset, maxRecords: 1000 })
  return records.map((record) => new TextDecoder().decode(record.value))
}
