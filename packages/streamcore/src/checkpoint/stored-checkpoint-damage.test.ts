// Damage behind our back: every flipped bit of a stored checkpoint, cut files, missing blocks, and what decoding makes of nonsense.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CheckpointManifest, CheckpointStorage } from '../contracts/checkpoint-storage.js'
import { nodeDigest } from '../node/node-digest.js'
import { SimulatedDatabase } from '../simulation/simulated-database.js'
import { SimulatedDisk } from '../simulation/simulated-disk.js'
import { SimulatedWorld } from '../simulation/simulated-world.js'
import { manifestOf, publishCheckpoint } from '../testing/contracts/checkpoint-storage.contract.js'
import { DirectoryCheckpointStorage } from './directory-checkpoint-storage.js'
import { KeyValueCheckpointStorage } from './key-value-checkpoint-storage.js'
import { decodeCommit, decodeSlot, encodeCommit, encodeSlot } from './manifest-codec.js'

const parts = {
  'count-0': Uint8Array.from({ length: 300 }, (_, index) => index % 256),
  pending: Uint8Array.of(1),
}
const manifest = manifestOf({ id: 3, madeBy: 2 }, parts, nodeDigest)
const commit = { id: 3, madeBy: 2, committedBy: 2 }

/** Whether a start would notice that something is wrong. */
async function isDamageFound(storage: CheckpointStorage): Promise<boolean> {
  const [slot, ...others] = await storage.slots()
  if (slot?.kind !== 'checkpoint' || others.length > 0) return true
  expect(slot).toEqual(manifest)
  const reads = slot.parts.map((part) => storage.readPart(slot, part))
  const results = await Promise.allSettled([...reads, storage.lastCommit()])
  for (const result of results) {
    if (result.status === 'rejected') {
      expect(result.reason).toMatchObject({ code: 'STREAMCORE_CHECKPOINT_CORRUPT' })
      return true
    }
  }
  return false
}

async function storeCheckpoint(storage: CheckpointStorage): Promise<void> {
  await publishCheckpoint(storage, manifest, parts)
  await storage.recordCommit(commit)
}

describe('a checkpoint in a directory', () => {
  const world = new SimulatedWorld({ seed: 1, eventsMax: 100_000_000 })
  const disk = new SimulatedDisk(world, { latencyMsMax: 0 })
  const fileSystem = disk.fileSystem(world.incarnation('job'))
  const opened = DirectoryCheckpointStorage.open({ fileSystem, digest: nodeDigest, directory: 'c' })

  it('is found damaged whichever bit of any of its files flips', async () => {
    const storage = await world.settle(opened)
    await world.settle(storeCheckpoint(storage))
    expect(await world.settle(isDamageFound(storage))).toBe(false)
    let flips = 0
    for (const path of disk.paths()) {
      const intact = disk.peek(path) ?? expect.fail()
      for (let bit = 0; bit < intact.length * 8; bit++) {
        disk.damage(path, (bytes) => flipBit(bytes, bit))
        if (!(await world.settle(isDamageFound(storage)))) expect.fail(`bit ${bit} of ${path} was missed`)
        disk.damage(path, () => intact)
        flips += 1
      }
    }
    expect(flips).toBeGreaterThan(8_000)
    expect(await world.settle(isDamageFound(storage))).toBe(false)
  }, 60_000)

  it('is found damaged wherever any of its files ends, or when it is longer', async () => {
    const storage = await world.settle(opened)
    for (const path of disk.paths()) {
      const intact = disk.peek(path) ?? expect.fail()
      for (let length = 0; length <= intact.length + 1; length++) {
        if (length === intact.length) continue
        disk.damage(path, (bytes) => resized(bytes, length))
        if (!(await world.settle(isDamageFound(storage)))) expect.fail(`${path} of ${length} bytes was taken`)
      }
      disk.damage(path, () => intact)
    }
  }, 60_000)
})

describe('a checkpoint in a key-value store', () => {
  it('is found damaged when any value changes, and every missing block is noticed', async () => {
    const world = new SimulatedWorld({ seed: 1, eventsMax: 100_000_000 })
    const database = new SimulatedDatabase(world, { latencyMsMax: 0 })
    const store = await world.settle(database.open(world.incarnation('job')))
    const storage = await world.settle(KeyValueCheckpointStorage.open({ store, digest: nodeDigest }))
    await world.settle(storeCheckpoint(storage))
    for (const key of database.keys().filter((each) => each !== 'opened' && !each.startsWith('commit/'))) {
      const intact = database.get(key) ?? expect.fail()
      for (let bit = 0; bit < intact.length * 8; bit += 5) {
        database.damage(key, (bytes) => flipBit(bytes, bit))
        if (!(await world.settle(isDamageFound(storage)))) expect.fail(`bit ${bit} of ${key} was missed`)
      }
      database.damage(key, () => undefined)
      expect(await world.settle(isDamageFound(storage)), `${key} is missing`).toBe(true)
      database.apply([{ kind: 'put', key, value: intact }], true)
    }
    expect(await world.settle(isDamageFound(storage))).toBe(false)
  }, 60_000)
})

describe('decoding', () => {
  it('gives back every manifest that was encoded', () => {
    fc.assert(
      fc.property(arbitraryManifest(), (each) => {
        expect(decodeSlot(each.id, encodeSlot(each, nodeDigest), nodeDigest)).toEqual(each)
      }),
    )
  })

  it('calls anything else damaged, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeSlot(1, bytes, nodeDigest).kind).toBe('damaged')
      }),
    )
  })

  it.each([
    ['is not an object', []],
    ['has another kind', { kind: 'other' }],
    ['lacks fields', { kind: 'checkpoint', formatVersion: 1, id: 1, madeBy: 1 }],
    ['has a later format', { ...manifest, id: 1, formatVersion: 2 }],
    ['has a negative number', { kind: 'sealed', id: 1, madeBy: -1 }],
    ['has a part whose name leaves the folder', withPartName('../../etc/passwd')],
    ['has a part without a digest', { ...manifest, id: 1, parent: null, parts: [{ name: 'a' }] }],
    ['belongs to another slot', { kind: 'sealed', id: 2, madeBy: 1 }],
  ])('calls a slot damaged that %s, though its digest is right', (_, fields) => {
    const slot = decodeSlot(1, sealed(fields), nodeDigest)
    expect(slot).toMatchObject({ kind: 'damaged', id: 1 })
  })

  it('calls a slot damaged whose JSON is far too deep', () => {
    const extra = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`)
    const slot = decodeSlot(1, sealed({ ...manifest, id: 1, parent: null, extra }), nodeDigest)
    expect(slot).toMatchObject({ kind: 'damaged', reason: expect.stringContaining('extra') })
  })

  it('refuses a slot where a line of the commit log should be', () => {
    expect(decodeCommit('log', encodeCommit(commit, nodeDigest), nodeDigest)).toEqual(commit)
    const slot = encodeSlot({ kind: 'sealed', id: 1, madeBy: 1 }, nodeDigest)
    expect(() => decodeCommit('log', slot, nodeDigest)).toThrow('commit log in log')
  })
})

function withPartName(name: string): object {
  const [part] = manifest.parts
  return { ...manifest, id: 1, parent: null, parts: [{ ...part, name }] }
}

/** Bytes with a right digest over any JSON. */
function sealed(fields: object): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(fields))
  const head = new TextEncoder().encode(`streamcore-manifest 1 ${nodeDigest.sha256(body)}\n`)
  return Uint8Array.from([...head, ...body])
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice()
  const index = bit >> 3
  flipped[index] = (flipped[index] ?? 0) ^ (1 << (bit & 7))
  return flipped
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length)
  result.set(bytes.subarray(0, length))
  return result
}

function arbitraryManifest(): fc.Arbitrary<CheckpointManifest> {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 })
  const ref = fc.record({ id: fc.nat(), madeBy: fc.nat() })
  return fc
    .record({
      ref,
      parent: fc.option(ref, { nil: undefined }),
      jobId: text,
      isFinal: fc.boolean(),
      extra: text,
    })
    .map(({ ref: { id, madeBy }, extra, ...fields }) => ({
      ...manifest,
      ...fields,
      id,
      madeBy,
      extra: { enumerators: [extra, null, { [extra]: 1.5 }] },
    }))
}
