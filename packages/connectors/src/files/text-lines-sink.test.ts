// The sink of text lines on real files: the contract of transactional sinks, and whose folder it is.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeFileSystem, nodePorts } from 'streamcore/node'
import { describeTwoPhaseCommitSink } from 'streamcore/testing/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OutputDirectory } from './output-directory.js'
import { textLinesSink } from './text-lines-sink.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-lines-'))
})
afterEach(() => rm(directory, { recursive: true }))

const ports = nodePorts({ logLevel: 'error' })
const sink = { jobId: 'job', sinkUid: 'sink' }

async function linesOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('part-')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.join('').split('\n').slice(0, -1)
}

describeTwoPhaseCommitSink('the text lines sink', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streamcore-contract-'))
  return {
    sink: textLinesSink({ directory: `${folder}/out`, format: (number: number) => `line ${number}` }),
    connections: {},
    ports,
    record: (number) => number,
    committed: async () => {
      const lines = await linesOf(`${folder}/out`)
      return lines.map((line) => Number(line.replace('line ', '')))
    },
    cleanUp: () => rm(folder, { recursive: true }),
  }
})

function outputTo(folder: string, jobId = 'job'): OutputDirectory {
  return new OutputDirectory({
    fileSystem: new NodeFileSystem(),
    directory: folder,
    sink: { ...sink, jobId },
    ending: '.txt',
  })
}

describe('the output folder', () => {
  it('is refused when it holds files of somebody else, which stay as they are', async () => {
    await writeFile(join(directory, 'notes.txt'), 'mine')
    await expect(outputTo(directory).claim(1)).rejects.toThrow(/to be empty, got one with notes.txt/)
    expect(await readFile(join(directory, 'notes.txt'), 'utf8')).toBe('mine')
  })

  it('is refused when another job has written there', async () => {
    await outputTo(directory).claim(1)
    await expect(outputTo(directory, 'other').claim(1)).rejects.toThrow(/the one of sink 'sink' of job 'job'/)
  })

  it('keeps what is committed when an incarnation wakes up in the middle of an old commit', async () => {
    const old = outputTo(directory)
    await old.claim(1)
    await old.commit({ ...sink, epoch: 1, checkpointId: 1, madeBy: 1 }, ['a\n'])
    const next = outputTo(directory)
    await next.claim(2)
    await next.commit({ ...sink, epoch: 2, checkpointId: 3, madeBy: 2 }, ['b\n'])
    // The last call of the old commit, late: markers are never replaced, the highest counts.
    await writeFile(join(directory, '.streamcore/commit-1-1'), '')
    expect(await outputTo(directory).claim(3)).toMatchObject({ checkpointId: 3, madeBy: 2 })
    expect(await linesOf(directory)).toEqual(['a', 'b'])
  })

  it('takes a part for written when the process died before its marker', async () => {
    const first = outputTo(directory)
    await first.claim(1)
    await writeFile(join(directory, 'part-00000001.txt'), 'a\n')
    expect(await first.claim(1)).toBeUndefined()
    await first.commit({ ...sink, epoch: 1, checkpointId: 1, madeBy: 1 }, ['a\n'])
    expect(await linesOf(directory)).toEqual(['a'])
  })
})

describe('textLinesSink', () => {
  it('refuses text that would become two lines', async () => {
    const writer = await textLinesSink({ directory }).createWriter({
      ...sink,
      uid: 'sink',
      connections: {},
      ports,
      subtaskIndex: 0,
      epoch: 1,
    })
    expect(() => writer.write('a\nb', 0)).toThrow(/one with a line end: "a\\nb"/)
  })
})
