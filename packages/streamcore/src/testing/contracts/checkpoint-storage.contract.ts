/** What every checkpoint storage must do: run on memory, directories and key-value stores, real and simulated. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type {
  CheckpointManifest,
  CheckpointPart,
  CheckpointRef,
  CheckpointStorage,
} from '../../contracts/checkpoint-storage.js'
import type { Digest } from '../../contracts/ports/digest.js'

/** A storage under test over fresh, empty ground. */
export interface CheckpointStorageFixture {
  readonly storage: CheckpointStorage
  readonly digest: Digest
  /** Closes the storage and opens it again over the same ground, as the next incarnation does. */
  reopen(): Promise<CheckpointStorage>
  cleanUp(): Promise<void>
}

/** Declares the suite; `open` makes a fresh, empty storage for each test. */
export function describeCheckpointStorage(name: string, open: () => Promise<CheckpointStorageFixture>): void {
  describe(`${name} as a checkpoint storage`, () => {
    let fixture: CheckpointStorageFixture

    beforeEach(async () => {
      fixture = await open()
    })
    afterEach(() => fixture.cleanUp())

    describe('publishing', () => describePublishing(() => fixture))
    describe('parts', () => describeParts(() => fixture))
    describe('commit log', () => describeCommitLog(() => fixture))
    describe('removal', () => describeRemoval(() => fixture))
    describe('parts of earlier checkpoints', () => describeReferences(() => fixture))
  })
}

/** A manifest with a part per entry of `parts`, and something in every other field; `earlier` are parts of other checkpoints. */
export function manifestOf(
  ref: CheckpointRef,
  parts: Readonly<Record<string, Uint8Array>>,
  digest: Digest,
  earlier: readonly CheckpointPart[] = [],
): CheckpointManifest {
  return {
    kind: 'checkpoint',
    formatVersion: 1,
    jobId: 'orders',
    id: ref.id,
    madeBy: ref.madeBy,
    parent: ref.id > 1 ? { id: ref.id - 1, madeBy: ref.madeBy } : undefined,
    createdMs: 1_700_000_000_000,
    graphHash: 'a1b2',
    operators: [
      {
        uid: 'count',
        name: 'Count',
        parallelism: 2,
        states: [
          { name: 'seen', kind: 'value', version: 1 },
          { name: 'recent', kind: 'list', version: 2, ttl: { timeMs: 60_000, timeDomain: 'event' } },
        ],
      },
    ],
    parts: [
      ...earlier,
      ...Object.entries(parts).map(([name, bytes], index) => partOf(name, bytes, digest, index)),
    ],
    isFinal: false,
    extra: { enumerators: { file: ['a', 1, true, null] } },
  }
}

/** The keyed parts of a checkpoint as a later one refers to them. */
export function keyedPartsOf(manifest: CheckpointManifest): readonly CheckpointPart[] {
  const origin = { id: manifest.id, madeBy: manifest.madeBy }
  return manifest.parts
    .filter(({ kind }) => kind === 'keyed')
    .map((part) => ({ ...part, origin: part.origin ?? origin }))
}

/** Writes the parts and publishes them; gives what `publish` gave. */
export async function publishCheckpoint(
  storage: CheckpointStorage,
  manifest: CheckpointManifest,
  parts: Readonly<Record<string, Uint8Array>>,
): Promise<boolean> {
  for (const [name, bytes] of Object.entries(parts)) await storage.writePart(manifest, name, bytes)
  return await storage.publish(manifest)
}

function partOf(name: string, bytes: Uint8Array, digest: Digest, subtaskIndex: number): CheckpointPart {
  const part = { name, sizeBytes: bytes.length, sha256: digest.sha256(bytes), uid: 'count', subtaskIndex }
  return subtaskIndex === 0
    ? { ...part, kind: 'keyed', keyGroups: { start: 0, end: 16_383 } }
    : { ...part, kind: 'pending' }
}

const parts = { 'count-0': bytesOf(3_000), 'sink.1_p': bytesOf(10), empty: new Uint8Array() }

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + length) % 256)
}

function describePublishing(fixture: () => CheckpointStorageFixture): void {
  it('shows a published checkpoint with all its fields, also after it was opened again', async () => {
    const { storage, digest } = fixture()
    const manifest = manifestOf({ id: 1, madeBy: 4 }, parts, digest)
    expect(await storage.slots()).toEqual([])
    expect(await publishCheckpoint(storage, manifest, parts)).toBe(true)
    expect(await storage.slots()).toEqual([manifest])
    const reopened = await fixture().reopen()
    expect(await reopened.slots()).toEqual([manifest])
  })

  it('shows nothing of a checkpoint that was written but not published', async () => {
    const { storage } = fixture()
    await storage.writePart({ id: 1, madeBy: 1 }, 'count-0', bytesOf(5))
    expect(await storage.slots()).toEqual([])
    expect(await (await fixture().reopen()).slots()).toEqual([])
  })

  it('gives a slot to one maker only', async () => {
    const { storage, digest } = fixture()
    const first = manifestOf({ id: 2, madeBy: 1 }, parts, digest)
    expect(await publishCheckpoint(storage, first, parts)).toBe(true)
    expect(await publishCheckpoint(storage, manifestOf({ id: 2, madeBy: 2 }, parts, digest), parts)).toBe(
      false,
    )
    expect(await storage.seal({ kind: 'sealed', id: 2, madeBy: 2 })).toBe(false)
    expect(await storage.slots()).toEqual([first])
    expect(await storage.readPart(first, first.parts[0] ?? expect.fail())).toEqual(parts['count-0'])
  })

  it('fences a maker whose slot was sealed', async () => {
    const { storage, digest } = fixture()
    expect(await storage.seal({ kind: 'sealed', id: 1, madeBy: 2 })).toBe(true)
    expect(await publishCheckpoint(storage, manifestOf({ id: 1, madeBy: 1 }, parts, digest), parts)).toBe(
      false,
    )
    expect(await storage.slots()).toEqual([{ kind: 'sealed', id: 1, madeBy: 2 }])
  })

  it('fences a maker that slept until its slot had been used and removed', async () => {
    const { storage, digest } = fixture()
    for (const id of [1, 2]) {
      await publishCheckpoint(storage, manifestOf({ id, madeBy: 2 }, parts, digest), parts)
    }
    await storage.remove({ id: 1, madeBy: 2 })
    expect(await publishCheckpoint(storage, manifestOf({ id: 1, madeBy: 1 }, parts, digest), parts)).toBe(
      false,
    )
  })

  it('lets no maker seal a slot once a later one has any', async () => {
    const { storage, digest } = fixture()
    await publishCheckpoint(storage, manifestOf({ id: 1, madeBy: 3 }, parts, digest), parts)
    expect(await storage.seal({ kind: 'sealed', id: 2, madeBy: 2 })).toBe(false)
    expect(await storage.seal({ kind: 'sealed', id: 2, madeBy: 3 })).toBe(true)
    expect(await storage.seal({ kind: 'sealed', id: 3, madeBy: 4 })).toBe(true)
  })

  it('lists slots in the order of their numbers', async () => {
    const { storage } = fixture()
    for (const id of [2, 9, 10, 100]) await storage.seal({ kind: 'sealed', id, madeBy: 1 })
    expect((await storage.slots()).map((slot) => slot.id)).toEqual([2, 9, 10, 100])
  })

  it('refuses a manifest that names a part nobody wrote', async () => {
    const { storage, digest } = fixture()
    const manifest = manifestOf({ id: 1, madeBy: 1 }, parts, digest)
    await storage.writePart(manifest, 'count-0', parts['count-0'])
    await expect(storage.publish(manifest)).rejects.toMatchObject({ code: 'STREAMCORE_ASSERTION' })
    expect(await storage.slots()).toEqual([])
  })
}

function describeParts(fixture: () => CheckpointStorageFixture): void {
  it('gives parts back as they were, whatever their size', async () => {
    const large = { ...parts, large: bytesOf(2_500_000), exact: bytesOf(1_048_576) }
    const { storage, digest } = fixture()
    const manifest = manifestOf({ id: 1, madeBy: 1 }, large, digest)
    await publishCheckpoint(storage, manifest, large)
    const reopened = await fixture().reopen()
    for (const part of manifest.parts) {
      const bytes = await reopened.readPart(manifest, part)
      expect(bytes.length).toBe(part.sizeBytes)
      expect(digest.sha256(bytes)).toBe(part.sha256)
    }
  })

  it('refuses a part that is missing, shorter, longer or different', async () => {
    const { storage, digest } = fixture()
    const manifest = manifestOf({ id: 1, madeBy: 1 }, parts, digest)
    await publishCheckpoint(storage, manifest, parts)
    const [part] = manifest.parts
    if (!part) throw new Error('The manifest has parts')
    const wrong = [
      { ...part, name: 'other' },
      { ...part, sizeBytes: part.sizeBytes - 1 },
      { ...part, sizeBytes: part.sizeBytes + 1 },
      { ...part, sha256: digest.sha256(bytesOf(1)) },
    ]
    for (const each of wrong) {
      await expect(storage.readPart(manifest, each)).rejects.toMatchObject({
        code: 'STREAMCORE_CHECKPOINT_CORRUPT',
        details: { checkpointId: 1, uid: 'count' },
      })
    }
  })

  it('refuses names that could leave its folder', async () => {
    const { storage } = fixture()
    for (const name of ['', '.', '..', '../x', 'a/b', 'a\\b', 'a\0', 'ä', 'x'.repeat(300)]) {
      await expect(storage.writePart({ id: 1, madeBy: 1 }, name, bytesOf(1))).rejects.toMatchObject({
        code: 'STREAMCORE_ASSERTION',
      })
    }
  })
}

function describeCommitLog(fixture: () => CheckpointStorageFixture): void {
  it('has no last commit before the first', async () => {
    expect(await fixture().storage.lastCommit()).toBeUndefined()
  })

  it('gives the last commit, also after it was opened again', async () => {
    const { storage } = fixture()
    for (const id of [8, 9, 10, 11]) await storage.recordCommit({ id, madeBy: 1, committedBy: 1 })
    expect(await storage.lastCommit()).toEqual({ id: 11, madeBy: 1, committedBy: 1 })
    const reopened = await fixture().reopen()
    await reopened.recordCommit({ id: 11, madeBy: 1, committedBy: 2 })
    await reopened.recordCommit({ id: 11, madeBy: 1, committedBy: 2 })
    expect(await reopened.lastCommit()).toEqual({ id: 11, madeBy: 1, committedBy: 2 })
  })
}

function describeRemoval(fixture: () => CheckpointStorageFixture): void {
  it('removes a checkpoint with its parts and leaves the others', async () => {
    const { storage, digest } = fixture()
    const [first, second] = [1, 2].map((id) => manifestOf({ id, madeBy: 1 }, parts, digest))
    if (!first || !second) throw new Error('Two manifests were made')
    await publishCheckpoint(storage, first, parts)
    await publishCheckpoint(storage, second, parts)
    await storage.remove(first)
    const reopened = await fixture().reopen()
    expect(await reopened.slots()).toEqual([second])
    for (const part of first.parts) {
      await expect(reopened.readPart(first, part)).rejects.toMatchObject({
        code: 'STREAMCORE_CHECKPOINT_CORRUPT',
      })
    }
    for (const part of second.parts) await reopened.readPart(second, part)
  })

  it('leaves the slot to its owner when the parts of another maker are removed', async () => {
    const { storage, digest } = fixture()
    const owner = manifestOf({ id: 1, madeBy: 2 }, parts, digest)
    await publishCheckpoint(storage, owner, parts)
    await storage.writePart({ id: 1, madeBy: 1 }, 'count-0', bytesOf(7))
    await storage.remove({ id: 1, madeBy: 1 })
    expect(await storage.slots()).toEqual([owner])
    for (const part of owner.parts) await storage.readPart(owner, part)
  })

  it('removes orphaned parts of earlier epochs only', async () => {
    const { storage, digest } = fixture()
    const kept = manifestOf({ id: 1, madeBy: 1 }, parts, digest)
    await publishCheckpoint(storage, kept, parts)
    const orphan = manifestOf({ id: 2, madeBy: 1 }, parts, digest)
    await storage.writePart(orphan, 'count-0', parts['count-0'])
    const running = manifestOf({ id: 3, madeBy: 2 }, parts, digest)
    for (const [name, bytes] of Object.entries(parts)) await storage.writePart(running, name, bytes)
    await storage.removeOrphans(2)
    for (const part of kept.parts) await storage.readPart(kept, part)
    await expect(storage.readPart(orphan, orphan.parts[0] ?? expect.fail())).rejects.toMatchObject({
      code: 'STREAMCORE_CHECKPOINT_CORRUPT',
    })
    expect(await storage.publish(running)).toBe(true)
    for (const part of running.parts) await storage.readPart(running, part)
  })
}

/** A full checkpoint, and deltas after it, each of one part. */
async function publishChain(
  { storage, digest }: CheckpointStorageFixture,
  deltas: number,
): Promise<readonly CheckpointManifest[]> {
  const chain: CheckpointManifest[] = []
  for (let id = 1; id <= 1 + deltas; id++) {
    const previous = chain.at(-1)
    const own = { [`count-${id}`]: bytesOf(id * 100), [`pending-${id}`]: bytesOf(id) }
    const earlier = previous === undefined ? [] : keyedPartsOf(previous)
    const manifest = manifestOf({ id, madeBy: 1 }, own, digest, earlier)
    expect(await publishCheckpoint(storage, manifest, own)).toBe(true)
    chain.push(manifest)
  }
  return chain
}

async function readAll(storage: CheckpointStorage, manifest: CheckpointManifest): Promise<readonly number[]> {
  const sizes: number[] = []
  for (const part of manifest.parts) sizes.push((await storage.readPart(manifest, part)).length)
  return sizes
}

function describeReferences(fixture: () => CheckpointStorageFixture): void {
  it('are read and named as such, also after it was opened again', async () => {
    const [, , last] = await publishChain(fixture(), 2)
    const reopened = await fixture().reopen()
    expect((await reopened.slots()).at(-1)).toEqual(last)
    expect(await readAll(reopened, last ?? expect.fail())).toEqual([100, 200, 300, 3])
  })

  it('stay while any checkpoint refers to them, and go with the last one', async () => {
    const { storage, digest } = fixture()
    const [first, second, third] = await publishChain(fixture(), 2)
    if (!first || !second || !third) throw new Error('Three checkpoints were published')
    await storage.remove(first)
    await storage.remove(second)
    expect(await readAll(storage, third)).toEqual([100, 200, 300, 3])
    // What only the removed ones referred to is gone.
    const corrupt = { code: 'STREAMCORE_CHECKPOINT_CORRUPT' }
    await expect(readAll(storage, first)).rejects.toMatchObject(corrupt)
    const full = manifestOf({ id: 4, madeBy: 1 }, parts, digest)
    await publishCheckpoint(storage, full, parts)
    const reopened = await fixture().reopen()
    await reopened.remove(third)
    for (const part of third.parts)
      await expect(reopened.readPart(third, part)).rejects.toMatchObject(corrupt)
    expect(await readAll(reopened, full)).toEqual([3_000, 10, 0])
  })

  it('are no orphans, whichever slot refers to them', async () => {
    const [first, second] = await publishChain(fixture(), 1)
    if (!first || !second) throw new Error('Two checkpoints were published')
    await fixture().storage.remove(first)
    const reopened = await fixture().reopen()
    await reopened.removeOrphans(9)
    expect(await readAll(reopened, second)).toEqual([100, 200, 2])
  })

  it('must be there when a checkpoint that refers to them is published', async () => {
    const { storage, digest } = fixture()
    const [first] = await publishChain(fixture(), 0)
    if (!first) throw new Error('A checkpoint was published')
    const earlier = keyedPartsOf(first)
    await storage.remove(first)
    const own = { 'count-2': bytesOf(5) }
    const manifest = manifestOf({ id: 2, madeBy: 1 }, own, digest, earlier)
    const published = publishCheckpoint(storage, manifest, own)
    await expect(published).rejects.toMatchObject({ code: 'STREAMCORE_ASSERTION' })
    expect(await storage.slots()).toEqual([])
  })
}
