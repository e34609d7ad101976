// kill -9 while checkpoints are written, on real files and real LevelDB: what was acknowledged is there at the next start.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DirectoryCheckpointStorage } from '../checkpoint/directory-checkpoint-storage.js'
import type { CheckpointStorage } from '../contracts/checkpoint-storage.js'
import { SeededRandom } from '../contracts/ports/seeded-random.js'
import { nodeDigest } from '../node/node-digest.js'
import { NodeFileSystem } from '../node/node-file-system.js'
import { levelCheckpointStorage } from './level-checkpoint-storage.js'

const kills = 50
const dist = fileURLToPath(new URL('../../dist/', import.meta.url))

/** Writes checkpoint after checkpoint and reports each acknowledgement. */
const writer = `
import { createHash } from 'node:crypto'
import { levelCheckpointStorage } from ${JSON.stringify(join(dist, 'leveldb/index.js'))}
import { directoryState, nodePorts } from ${JSON.stringify(join(dist, 'node/index.js'))}
const [kind, directory, epochText] = process.argv.slice(2)
const madeBy = Number(epochText)
const storage = kind === 'level' ? await levelCheckpointStorage(directory) : await directoryState(directory).openStorage('job', nodePorts())
const newest = (await storage.slots()).at(-1)?.id ?? 0
await storage.seal({ kind: 'sealed', id: newest + 1, madeBy })
await storage.removeOrphans(madeBy)
for (let id = newest + 2; ; id++) {
  const parts = []
  for (const [subtaskIndex, name] of ['a', 'b'].entries()) {
    const bytes = new Uint8Array(30_000).fill(id + subtaskIndex)
    await storage.writePart({ id, madeBy }, name, bytes)
    parts.push({ name, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), uid: 'u', subtaskIndex, kind: 'operator' })
  }
  await storage.publish({ kind: 'checkpoint', formatVersion: 1, jobId: 'job', id, madeBy, parent: undefined, createdMs: 0, graphHash: '', operators: [], parts, isFinal: false, extra: null })
  process.send({ published: id })
  await storage.recordCommit({ id, madeBy, committedBy: madeBy })
  process.send({ committed: id })
  await storage.remove({ id: id - 1, madeBy })
}
`

const grounds: Record<string, (directory: string) => Promise<CheckpointStorage>> = {
  directory: (directory) =>
    DirectoryCheckpointStorage.open({
      fileSystem: new NodeFileSystem(),
      digest: nodeDigest,
      directory: join(directory, 'job'),
    }),
  level: levelCheckpointStorage,
}

describe.each(Object.entries(grounds))('checkpoints in a %s', (kind, open) => {
  it(`survive ${kills} kills`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'streamcore-kill-'))
    try {
      const script = join(directory, 'writer.mjs')
      await writeFile(script, writer)
      const random = new SeededRandom(5)
      for (let epoch = 1; epoch <= kills; epoch++) {
        const child = fork(script, [kind, join(directory, 'state'), String(epoch)])
        const acknowledged = await killAfter(child, 1 + random.below(25))
        const storage = await open(join(directory, 'state'))
        await expectKept(storage, acknowledged)
        await storage.close()
      }
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

interface Acknowledged {
  readonly published: number
  readonly committed: number
}

/** Kills the child when it has sent so many messages; gives what it had acknowledged until it was gone. */
async function killAfter(child: ChildProcess, messages: number): Promise<Acknowledged> {
  let count = 0
  const acknowledged = { published: 0, committed: 0 }
  child.on('message', (message: Partial<Acknowledged>) => {
    Object.assign(acknowledged, message)
    count += 1
    if (count === messages) child.kill('SIGKILL')
  })
  const signal = await new Promise((resolve) => child.once('exit', (_, ended) => resolve(ended)))
  expect(signal).toBe('SIGKILL')
  return acknowledged
}

async function expectKept(storage: CheckpointStorage, acknowledged: Acknowledged): Promise<void> {
  const slots = await storage.slots()
  expect(slots.map((slot) => slot.id)).toContain(acknowledged.published)
  for (const slot of slots) {
    expect(slot.kind).not.toBe('damaged')
    if (slot.kind !== 'checkpoint') continue
    for (const part of slot.parts) await storage.readPart(slot, part)
  }
  const committedId = (await storage.lastCommit())?.id ?? 0
  expect(committedId).toBeGreaterThanOrEqual(acknowledged.committed)
}
