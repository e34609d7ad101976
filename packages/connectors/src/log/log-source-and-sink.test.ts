// The log source and sink, on the simulated log and on the embedded one.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Connections, type LogRecord, partitionedLogConnection } from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { SimulatedPartitionedLog } from 'streamcore/simulation'
import { describeTwoPhaseCommitSink } from 'streamcore/testing/contracts'
import { describe, expect, it } from 'vitest'
import { readSource } from '../test/read-source.js'
import { embeddedLog, openEmbeddedLog } from './client/embedded-log-client.js'
import { logSink } from './log-sink.js'
import { logSource } from './log-source.js'
import { describeLogPlace } from './log-place.js'
import { produce } from './produce.js'

const ports = nodePorts({ logLevel: 'error' })
const textOf = (record: LogRecord) => new TextDecoder().decode(record.value)

function bounded(topics: readonly string[]) {
  return logSource({ connection: 'log', topics, decode: textOf, boundedness: 'bounded' })
}

async function filledLog(values: readonly string[], partitions = 3): Promise<SimulatedPartitionedLog> {
  const log = new SimulatedPartitionedLog()
  await log.createTopic('a', { partitions })
  await produce(
    log,
    { topic: 'a', batchSize: 4 },
    values.map((value) => ({ key: value, value })),
  )
  return log
}

describe('the log source', () => {
  it('reads every partition of every topic in order, with places', async () => {
    const log = await filledLog([])
    await log.createTopic('b', { partitions: 1 })
    await produce(log, { topic: 'a' }, [
      { value: 'x', partition: 2 },
      { value: 'y', partition: 2 },
    ])
    await produce(log, { topic: 'b' }, [{ value: 'z' }])
    const result = await readSource(bounded(['a', 'b']), { connections: { log: log.connection() } })
    expect(result.records).toEqual(['x', 'y', 'z'])
    expect(result.places).toEqual([
      'topic a, partition 2, offset 0',
      'topic a, partition 2, offset 1',
      'topic b, partition 0, offset 0',
    ])
  })

  it('rejects what cannot be decoded, with place, reason and raw text, and goes on', async () => {
    const log = await filledLog(['1', 'two', '3'], 1)
    const decode = (record: LogRecord) => {
      const number = Number(textOf(record))
      if (Number.isNaN(number)) throw new RangeError('Expected a number')
      return number
    }
    const source = logSource({ connection: 'log', topics: ['a'], decode, boundedness: 'bounded' })
    const result = await readSource(source, { connections: { log: log.connection() } })
    expect(result.records).toEqual([1, 3])
    expect(result.rejected).toEqual([
      { place: 'topic a, partition 0, offset 1', reason: 'Expected a number', raw: 'two' },
    ])
  })

  it('goes on at any record after a restart', async () => {
    const runs = fc.record({
      values: fc.array(fc.string(), { maxLength: 30 }),
      every: fc.integer({ min: 1, max: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(runs, async ({ values, every }) => {
        const connections = { log: (await filledLog(values)).connection() }
        const whole = await readSource(bounded(['a']), { connections })
        const restarted = await readSource(bounded(['a']), { connections, restartEvery: every })
        expect(restarted).toEqual(whole)
        expect([...whole.records].sort()).toEqual([...values].sort())
      }),
      { numRuns: 100 },
    )
  })

  it('stops at the records that were there at the start when it is bounded, also after a restart', async () => {
    const log = await filledLog(['1', '2', '3'], 1)
    const context = { jobId: 'j', uid: 's', connections: { log: log.connection() }, ports }
    const source = bounded(['a'])
    const [split] = await (await source.createEnumerator(context)).discover()
    if (!split) throw new Error('Expected a split')
    const first = await (await source.createReader(split, undefined, context)).fetch(1)
    await produce(log, { topic: 'a' }, [{ value: '4' }])
    const rest = await (await source.createReader(split, first.positionAfter(0), context)).fetch(10)
    expect(rest.records).toEqual(['2', '3'])
    expect(rest.isEnd).toBe(true)
  })

  it('goes on with what has come since, when an earlier run has read its range to the end', async () => {
    const log = await filledLog(['1', '2'], 1)
    const context = { jobId: 'j', uid: 's', connections: { log: log.connection() }, ports }
    const split = { id: 'a/0', info: { topic: 'a', partition: 0 } }
    const first = await (await bounded(['a']).createReader(split, undefined, context)).fetch(9)
    await produce(log, { topic: 'a' }, [{ value: '3' }])
    const second = await (await bounded(['a']).createReader(split, first.endPosition, context)).fetch(9)
    expect([second.records, second.isEnd]).toEqual([['3'], true])
    await produce(log, { topic: 'a' }, [{ value: '4' }])
    const unbounded = logSource({ connection: 'log', topics: ['a'], decode: textOf, pollIntervalMs: 1 })
    const third = await (await unbounded.createReader(split, second.endPosition, context)).fetch(9)
    expect([third.records, third.isEnd]).toEqual([['4'], false])
  })

  it('gives new records when it is unbounded, and ends its wait when it is closed', async () => {
    const log = await filledLog(['1'], 1)
    const context = { jobId: 'j', uid: 's', connections: { log: log.connection() }, ports }
    const source = logSource({ connection: 'log', topics: ['a'], decode: textOf, pollIntervalMs: 1 })
    const reader = await source.createReader(
      { id: 'a/0', info: { topic: 'a', partition: 0 } },
      undefined,
      context,
    )
    expect((await reader.fetch(10)).records).toEqual(['1'])
    const empty = await reader.fetch(10)
    expect([empty.records.length, empty.isEnd]).toEqual([0, false])
    await produce(log, { topic: 'a' }, [{ value: '2' }])
    expect((await reader.fetch(10)).records).toEqual(['2'])
    const endless = logSource({ connection: 'log', topics: ['a'], decode: textOf, pollIntervalMs: 1_000_000 })
    const split = { id: 'a/0', info: { topic: 'a', partition: 0 } }
    const sleeper = await endless.createReader(split, empty.endPosition, context)
    await sleeper.fetch(10)
    const waiting = sleeper.fetch(10)
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' }),
      sleeper.close(),
    ])
  })

  it('names the topics there are when one is missing, and refuses a position of another source', async () => {
    const log = await filledLog([])
    const context = { jobId: 'j', uid: 's', connections: { log: log.connection() }, ports }
    const enumerator = await bounded(['absent']).createEnumerator(context)
    await expect(enumerator.discover()).rejects.toThrow("Expected topic 'absent' in the log, got a;")
    const split = { id: 'a/0', info: { topic: 'a', partition: 0 } }
    const reader = bounded(['a']).createReader(split, { byte: 3 }, context)
    await expect(reader).rejects.toMatchObject({ code: 'STREAMCORE_RESTORE' })
  })
})

describe('produce', () => {
  it('sends equal keys to one partition, and deals records without key in turn', async () => {
    const log = new SimulatedPartitionedLog()
    await log.createTopic('a', { partitions: 4 })
    expect(
      await produce(
        log,
        { topic: 'a' },
        Array.from({ length: 9 }, () => ({ key: 'k', value: 'v' })),
      ),
    ).toBe(9)
    const counts = async () => {
      const offsets = await Promise.all([0, 1, 2, 3].map((partition) => log.offsets('a', partition)))
      return offsets.map(({ end }) => end).sort((a, b) => a - b)
    }
    expect(await counts()).toEqual([0, 0, 0, 9])
    await produce(
      log,
      { topic: 'a' },
      Array.from({ length: 8 }, () => ({ value: 'v' })),
    )
    expect(await counts()).toEqual([2, 2, 2, 11])
  })
})

const sink = logSink<number>({
  connection: 'log',
  topic: 'out',
  key: (value) => `k${value % 3}`,
  value: String,
})

async function committedNumbers(connections: Connections): Promise<number[]> {
  const result = await readSource(bounded(['out']), { connections })
  return result.records.map(Number)
}

describeTwoPhaseCommitSink('the log sink on the simulated log', async () => {
  const log = new SimulatedPartitionedLog()
  await log.createTopic('out', { partitions: 2 })
  const connections = { log: log.connection() }
  const committed = () => committedNumbers(connections)
  return { sink, connections, ports, record: (number) => number, committed, cleanUp: () => log.close() }
})

describeTwoPhaseCommitSink('the log sink on the embedded log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-log-sink-'))
  const log = await openEmbeddedLog(directory)
  await log.createTopic('out', { partitions: 2 })
  const connections = { log: embeddedLog(directory) }
  return {
    sink,
    connections,
    ports,
    record: (number) => number,
    committed: () => committedNumbers(connections),
    async cleanUp() {
      await log.close()
      await rm(directory, { recursive: true })
    },
  }
})

describe('the log sink', () => {
  it('refuses a missing topic before the first record and a partition that does not exist', async () => {
    const log = new SimulatedPartitionedLog()
    const context = {
      jobId: 'j',
      uid: 's',
      connections: { log: log.connection() },
      ports,
      subtaskIndex: 0,
      epoch: 1,
    }
    await expect(sink.createWriter(context)).rejects.toThrow("Expected topic 'out'")
    await log.createTopic('out', { partitions: 2 })
    const wrong = logSink<number>({ connection: 'log', topic: 'out', value: String, partition: () => 2 })
    const writer = await wrong.createWriter(context)
    expect(() => writer.write(1, 0)).toThrow('from 0 to 1')
  })

  it('refuses a connection of another kind by name', async () => {
    const other = partitionedLogConnection.connection('x', () =>
      Promise.resolve(new SimulatedPartitionedLog()),
    )
    const connections = { log: { ...other, kind: 'relational' } }
    const context = { jobId: 'j', uid: 's', connections, ports, subtaskIndex: 0, epoch: 1 }
    await expect(sink.createWriter(context)).rejects.toThrow('connections.log')
    expect(describeLogPlace({ topic: 't', partition: 1, offset: 2 })).toBe('topic t, partition 1, offset 2')
  })
})
