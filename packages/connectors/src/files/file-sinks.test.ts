// The file sinks: the contract of transactional sinks, crashes at every call of the disk, and what stands in the files.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeadLetter, type FileSystem, filesConnection, type TwoPhaseCommitSink } from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { SimulatedDisk, SimulatedWorld } from 'streamcore/simulation'
import { describeTwoPhaseCommitSink } from 'streamcore/testing/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readSource } from '../test/read-source.js'
import { csvField, csvSink } from './csv/csv-sink.js'
import { csvRecords, csvSource } from './csv/csv-source.js'
import { deadLetterSink, jsonLinesSink } from './json-lines-sink.js'
import { jsonLinesSource } from './json-lines-source.js'

const ports = nodePorts({ logLevel: 'error' })
let root: string
let directory: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'streamcore-file-sink-'))
})
beforeEach(async () => {
  directory = await mkdtemp(join(root, 'd-'))
})
afterAll(() => rm(root, { recursive: true }))

describeTwoPhaseCommitSink('the JSON lines sink', async () => {
  const output = await mkdtemp(join(root, 'json-'))
  return {
    sink: jsonLinesSink<{ number: number }>({ directory: output }),
    connections: {},
    ports,
    record: (number) => ({ number, text: 'ü' }),
    committed: async () => {
      const schema = { parse: (value: unknown) => Number(Object(value).number) }
      return (await readSource(jsonLinesSource({ directory: output, pattern: '*.jsonl', schema }))).records
    },
    cleanUp: () => Promise.resolve(),
  }
})

describeTwoPhaseCommitSink('the CSV sink', async () => {
  const output = await mkdtemp(join(root, 'csv-'))
  return {
    sink: csvSink<number>({
      directory: output,
      columns: ['n', 't'],
      row: (n) => ({ n, t: `=${n};"` }),
      delimiter: ';',
    }),
    connections: {},
    ports,
    record: (number) => number,
    committed: async () => {
      const source = csvSource({ directory: output, pattern: '*.csv', delimiter: ';', schema: csvRecords })
      const { records, rejected } = await readSource(source)
      expect(rejected).toEqual([])
      for (const { n, t } of records) expect(t).toBe(`'=${n};"`)
      return records.map(({ n }) => Number(n))
    },
    cleanUp: () => Promise.resolve(),
  }
})

async function commitTo<T>(
  sink: TwoPhaseCommitSink<T, string>,
  values: readonly T[],
  jobId = 'job',
  uid = 'sink',
) {
  const context = { jobId, uid, connections: {}, ports }
  const writer = await sink.createWriter({ ...context, subtaskIndex: 0, epoch: 1 })
  for (const value of values) writer.write(value, 0)
  const committer = await sink.createCommitter(context)
  await committer.claim(1)
  await committer.commit(
    { jobId, sinkUid: uid, epoch: 1, checkpointId: 12, madeBy: 1 },
    await writer.prepareCommit(12),
  )
}

describe('the files of a sink', () => {
  it('are one per checkpoint with records, named by its id', async () => {
    await commitTo(jsonLinesSink<unknown>({ directory }), [{ a: 1 }, 'zwei'])
    expect(await readdir(directory)).toEqual(['.streamcore', 'part-00000012.jsonl'])
    const text = await readFile(join(directory, 'part-00000012.jsonl'), 'utf8')
    expect(text).toBe('{"a":1}\n"zwei"\n')
  })

  it('hold dead letters with all that is known of them', async () => {
    const letter: DeadLetter = { uid: 'parse', reason: 'no number', place: 'a.csv:3', value: 'x' }
    await commitTo(deadLetterSink({ directory }), [letter])
    const text = await readFile(join(directory, 'part-00000012.jsonl'), 'utf8')
    expect(JSON.parse(text)).toEqual(letter)
  })

  it('are not mixed with those of another sink', async () => {
    await commitTo(jsonLinesSink<number>({ directory }), [1])
    const second = commitTo(jsonLinesSink<number>({ directory }), [2], 'job', 'other')
    await expect(second).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
    expect(await readFile(join(directory, 'part-00000012.jsonl'), 'utf8')).toBe('1\n')
  })

  it('need records that JSON can hold', async () => {
    await expect(commitTo(jsonLinesSink<unknown>({ directory }), [undefined])).rejects.toMatchObject({
      code: 'STREAMCORE_RECORD',
    })
  })
})

describe('a CSV field', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1+1', "'+1+1"],
    ['-1+1', "'-1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['-12.50', '-12.50'],
    ['a"b', '"a""b"'],
    ['a,b', '"a,b"'],
    [' a', '" a"'],
    ['a\nb', '"a\nb"'],
    [-5, '-5'],
    [12n, '12'],
    [true, 'true'],
    [null, ''],
    [undefined, ''],
  ])('of %s is written as %s', (value, expected) => {
    expect(csvField(value, ',')).toBe(expected)
  })
})

/** Commits checkpoints 1 to 3 as incarnations of a job do, each going on behind the marker it finds. */
async function runIncarnation(fileSystem: FileSystem, epoch: number): Promise<void> {
  const sink = jsonLinesSink<number>({ directory: 'out', connection: 'disk' })
  const connections = { disk: filesConnection.connection('disk', () => Promise.resolve(fileSystem)) }
  const committer = await sink.createCommitter({ jobId: 'job', uid: 'sink', connections, ports })
  const marker = await committer.claim(epoch)
  for (let checkpointId = (marker?.checkpointId ?? 0) + 1; checkpointId <= 3; checkpointId++) {
    const lines = [`${checkpointId * 10}\n`, `${checkpointId * 10 + 1}\n`]
    await committer.commit({ jobId: 'job', sinkUid: 'sink', epoch, checkpointId, madeBy: 1 }, lines)
  }
}

describe('the JSON lines sink on a disk that fails', () => {
  it.each(['power', 'kill', 'EIO'] as const)(
    'writes every record once, whichever call %s strikes',
    async (fault) => {
      let isStruck = true
      let strikes = 0
      for (let at = 1; isStruck; at++) {
        isStruck = false
        const world = new SimulatedWorld({
          seed: at,
          drain: () => new Promise((resolve) => setImmediate(resolve)),
        })
        const disk = new SimulatedDisk(world)
        const first = world.incarnation('first')
        disk.beforeCall = (call) => {
          if (isStruck || call.number !== at) return undefined
          isStruck = true
          if (fault === 'power') world.powerLoss()
          if (fault === 'kill') first.kill()
          return fault === 'EIO' ? 'EIO' : undefined
        }
        let hasEnded = false
        const end = () => {
          hasEnded = true
        }
        void runIncarnation(disk.fileSystem(first), 1).then(end, end)
        await world.run(() => hasEnded)
        if (isStruck) strikes++
        disk.beforeCall = undefined
        const second = world.incarnation('second')
        await world.settle(runIncarnation(disk.fileSystem(second), 2))
        world.powerLoss()
        const parts = disk.paths().filter((path) => path.endsWith('.jsonl'))
        const lines = parts.flatMap((path) => new TextDecoder().decode(disk.peek(path)).trim().split('\n'))
        expect(lines.sort()).toEqual(['10', '11', '20', '21', '30', '31'])
      }
      expect(strikes).toBeGreaterThan(30)
    },
  )
})
