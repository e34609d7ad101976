// A LevelDB directory damaged in every way we know: what is read is right or refused, never wrong.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SeededRandom } from '../contracts/ports/seeded-random.js'
import type { CheckpointManifest } from '../contracts/checkpoint-storage.js'
import { nodeDigest } from '../node/node-digest.js'
import { manifestOf, publishCheckpoint } from '../testing/contracts/checkpoint-storage.contract.js'
import { levelCheckpointStorage } from './level-checkpoint-storage.js'

const parts = { 'count-0': Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) % 251) }
const manifests = [1, 2, 3, 4].map((id) => manifestOf({ id, madeBy: 1 }, parts, nodeDigest))

let intact: string
let files: readonly string[]

beforeAll(async () => {
  intact = await mkdtemp(join(tmpdir(), 'streamcore-damage-'))
  // Opening a second time moves the first half from the log to a table file.
  for (const half of [manifests.slice(0, 2), manifests.slice(2)]) {
    const storage = await levelCheckpointStorage(intact)
    for (const manifest of half) {
      await publishCheckpoint(storage, manifest, parts)
      await storage.recordCommit({ id: manifest.id, madeBy: 1, committedBy: 1 })
    }
    await storage.close()
  }
  files = (await readdir(intact)).filter((name) => /^(CURRENT|MANIFEST-.*|.*\.log|.*\.ldb)$/.test(name))
})

afterAll(() => rm(intact, { recursive: true }))

type Change = (bytes: Buffer) => Buffer | undefined

/** Damages a copy; gives how many checkpoints could be restored wholly, or why none could be read. */
async function restorable(name: string, change: Change): Promise<number | 'refused'> {
  const copy = await mkdtemp(join(tmpdir(), 'streamcore-damage-'))
  try {
    await cp(intact, copy, { recursive: true })
    const damaged = change(await readFile(join(copy, name)))
    if (damaged) await writeFile(join(copy, name), damaged)
    else await rm(join(copy, name))
    return await readAll(copy)
  } finally {
    await rm(copy, { recursive: true })
  }
}

async function readAll(directory: string): Promise<number | 'refused'> {
  const opened = await levelCheckpointStorage(directory).catch(expectRefusal)
  if (!opened) return 'refused'
  let whole = 0
  try {
    for (const slot of await opened.slots()) {
      if (slot.kind !== 'checkpoint') continue
      expect(slot).toEqual(manifests[slot.id - 1])
      if (await hasAllParts(opened, slot)) whole += 1
    }
    const commit = await opened.lastCommit()
    if (commit) expect(commit).toEqual({ id: commit.id, madeBy: 1, committedBy: 1 })
    return whole
  } catch (error) {
    expectRefusal(error)
    return 'refused'
  } finally {
    await opened.close()
  }
}

async function hasAllParts(
  storage: Awaited<ReturnType<typeof levelCheckpointStorage>>,
  slot: CheckpointManifest,
): Promise<boolean> {
  for (const part of slot.parts) {
    const bytes = await storage.readPart(slot, part).catch(expectRefusal)
    if (!bytes) return false
    expect(Buffer.from(bytes).equals(parts['count-0'])).toBe(true)
  }
  return true
}

function expectRefusal(error: unknown): undefined {
  expect(error).toMatchObject({ code: expect.stringMatching(/^STREAMCORE_(IO|CHECKPOINT_CORRUPT)$/) })
}

describe('a damaged LevelDB directory', () => {
  it('holds all kinds of files, and restores wholly when it is intact', async () => {
    expect(files.filter((name) => name.endsWith('.ldb')).length).toBeGreaterThan(0)
    expect(files.filter((name) => name.endsWith('.log')).length).toBeGreaterThan(0)
    expect(await restorable('CURRENT', (bytes) => bytes)).toBe(4)
  })

  const changes: Record<string, Change> = {
    missing: () => undefined,
    empty: () => Buffer.alloc(0),
    'cut by 10 bytes': (bytes) => bytes.subarray(0, -10),
    'cut in half': (bytes) => bytes.subarray(0, bytes.length / 2),
    'zero in its last 4 KiB': (bytes) => Buffer.from(bytes).fill(0, Math.max(0, bytes.length - 4_096)),
    'longer by garbage': (bytes) => Buffer.concat([bytes, Buffer.alloc(100, 0xa5)]),
  }

  it.each(Object.entries(changes))('never restores wrongly when a file is %s', async (_, change) => {
    for (const name of files) await restorable(name, change)
  })

  it('never restores wrongly when bits flip', async () => {
    const random = new SeededRandom(11)
    let noticed = 0
    for (const name of files) {
      for (let flip = 0; flip < 40; flip++) {
        const outcome = await restorable(name, (bytes) => {
          const at = random.below(bytes.length)
          bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
          return bytes
        })
        if (outcome !== 4) noticed += 1
      }
    }
    expect(noticed).toBeGreaterThan(40)
  }, 60_000)
})
