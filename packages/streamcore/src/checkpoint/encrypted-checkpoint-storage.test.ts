// Encrypted checkpoints: the contract of every storage, and whoever changes what stands beneath finds everything refused.
import { describe, expect, it } from 'vitest'
import type { CheckpointManifest } from '../contracts/checkpoint-storage.js'
import { aesGcmCipher } from '../node/encryption/aes-gcm-cipher.js'
import { keyRing } from '../node/encryption/key-ring.js'
import { nodeDigest } from '../node/node-digest.js'
import {
  describeCheckpointStorage,
  manifestOf,
  publishCheckpoint,
} from '../testing/contracts/checkpoint-storage.contract.js'
import { EncryptedCheckpointStorage } from './encrypted-checkpoint-storage.js'
import { MemoryCheckpointStorage } from './memory-checkpoint-storage.js'

const digest = nodeDigest
const key = (id: string, first = 1) => ({ id, bytes: new Uint8Array(32).fill(first) })

function encrypted(inner: MemoryCheckpointStorage, keys = [key('k1')], jobId: string | null = 'orders') {
  return new EncryptedCheckpointStorage({
    inner,
    cipher: aesGcmCipher(keyRing(keys)),
    digest,
    jobId: jobId ?? undefined,
  })
}

describeCheckpointStorage('EncryptedCheckpointStorage over memory', async () => {
  const inner = new MemoryCheckpointStorage(digest)
  return {
    storage: encrypted(inner),
    digest,
    reopen: async () => encrypted(inner),
    cleanUp: async () => {},
  }
})

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const bytesOf = (content: string) => new TextEncoder().encode(content)
const parts = { first: bytesOf('Kundin Ada'), second: bytesOf('Kunde Bob!') }
const ref = { id: 3, madeBy: 2 }

async function stored() {
  const inner = new MemoryCheckpointStorage(digest)
  const storage = encrypted(inner)
  const manifest = manifestOf(ref, parts, digest)
  await publishCheckpoint(storage, manifest, parts)
  const [outer] = await inner.slots()
  if (outer?.kind !== 'checkpoint') throw new Error('no checkpoint')
  return { inner, storage, manifest, outer }
}

/** A storage beneath with the same checkpoint, some of its parts replaced, and sizes and digests to match: a forger's work. */
async function forged(
  { inner, outer }: Awaited<ReturnType<typeof stored>>,
  replace: (name: string) => Promise<Uint8Array> | undefined,
  facts: Partial<CheckpointManifest> = {},
) {
  const copy = new MemoryCheckpointStorage(digest)
  const target = { ...outer, ...facts }
  const forgedParts = []
  for (const part of outer.parts) {
    const bytes = await (replace(part.name) ?? inner.readPart(outer, part))
    await copy.writePart(target, part.name, bytes)
    forgedParts.push({ ...part, sizeBytes: bytes.length, sha256: digest.sha256(bytes) })
  }
  await copy.publish({ ...target, parts: forgedParts })
  return copy
}

describe('an encrypted checkpoint', () => {
  it('tells neither what its parts hold nor of which operators and states they are', async () => {
    const { inner, outer, storage, manifest } = await stored()
    const beneath = [JSON.stringify(outer)]
    for (const part of outer.parts) beneath.push(text(await inner.readPart(outer, part)))
    expect(beneath.join()).not.toMatch(/Ada|Bob|seen|Count|a1b2/)
    expect(await storage.slots()).toEqual([manifest])
  })

  it('is refused wherever one bit of a part is another', async () => {
    const original = await stored()
    const [part] = original.outer.parts
    if (part === undefined) throw new Error('no part')
    const bytes = await original.inner.readPart(original.outer, part)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      // The cipher itself refuses it; the digests beneath can be forged.
      const opened = aesGcmCipher(keyRing([key('k1')])).open(
        changed,
        JSON.stringify(['orders', 3, 2, 'part first']),
      )
      await expect(opened, `bit ${bit}`).rejects.toThrow()
    }
  })

  it('is refused when two parts are swapped, cut off, or taken from another checkpoint', async () => {
    const original = await stored()
    const { inner, outer, manifest } = original
    const of = (name: string) => {
      const part = outer.parts.find((each) => each.name === name)
      if (part === undefined) throw new Error(`no part ${name}`)
      return inner.readPart(outer, part)
    }
    const forgeries = [
      await forged(original, (name) => of(name === 'first' ? 'second' : 'first')),
      await forged(original, async (name) => (await of(name)).subarray(0, -1)),
      await forged(original, async () => new Uint8Array()),
    ]
    for (const beneath of forgeries) {
      const storage = encrypted(beneath)
      for (const part of manifest.parts) {
        await expect(storage.readPart(manifest, part)).rejects.toMatchObject({
          code: 'STREAMCORE_CHECKPOINT_CORRUPT',
        })
      }
    }
  })

  it.each<[string, Partial<CheckpointManifest>, string | null]>([
    ['another id', { id: 4 }, 'orders'],
    ['another epoch', { madeBy: 9 }, 'orders'],
    ['another job', {}, 'other'],
    ['another job, said to be that one', { jobId: 'other' }, null],
    ['no sealed manifest', { extra: {} }, 'orders'],
  ])('is damaged under %s', async (_, facts, jobId) => {
    const beneath = await forged(await stored(), () => undefined, facts)
    expect(await encrypted(beneath, [key('k1')], jobId).slots()).toMatchObject([{ kind: 'damaged' }])
  })

  it('is damaged when its key is missing or another one of that name, and the message names the key', async () => {
    const { inner } = await stored()
    expect(await encrypted(inner, [key('k2')]).slots()).toMatchObject([
      { kind: 'damaged', reason: expect.stringMatching(/to hold the key 'k1'/) },
    ])
    expect(await encrypted(inner, [key('k1', 7)]).slots()).toMatchObject([{ kind: 'damaged' }])
  })

  it('is forgotten once it is removed and another one is there', async () => {
    const { storage, manifest } = await stored()
    const next = manifestOf({ id: 4, madeBy: 2 }, parts, digest)
    await publishCheckpoint(storage, next, parts)
    const [first, second] = manifest.parts
    if (first === undefined || second === undefined) throw new Error('no parts')
    expect(await storage.readPart(manifest, first)).toEqual(parts.first)
    await storage.remove(manifest)
    await publishCheckpoint(storage, { ...next, id: 5 }, parts)
    await expect(storage.readPart(manifest, second)).rejects.toThrow('no manifest that was read names it')
  })

  it('is written with the newest key; old keys are needed until nothing refers to what they wrote', async () => {
    const inner = new MemoryCheckpointStorage(digest)
    const keys = [key('k1'), key('k2', 2), key('k3', 3)]
    const first = manifestOf({ id: 1, madeBy: 1 }, parts, digest)
    await publishCheckpoint(encrypted(inner, keys.slice(0, 1)), first, parts)
    const rotated = encrypted(inner, keys.slice(0, 2))
    // The second checkpoint refers to a part of the first.
    await rotated.slots()
    await rotated.writePart({ id: 2, madeBy: 1 }, 'new', parts.second)
    const [old] = first.parts
    const own = manifestOf({ id: 2, madeBy: 1 }, { new: parts.second }, digest).parts
    if (old === undefined) throw new Error('no part')
    const second = { ...first, id: 2, parts: [{ ...old, origin: { id: 1, madeBy: 1 } }, ...own] }
    await rotated.publish(second)
    await rotated.remove(first)
    expect([...(await rotated.keysInUse())].toSorted()).toEqual(['k1', 'k2'])
    const third = manifestOf({ id: 3, madeBy: 1 }, parts, digest)
    await publishCheckpoint(encrypted(inner, keys), third, parts)
    await encrypted(inner, keys).remove(second)
    const onlyNewest = encrypted(inner, keys.slice(2))
    expect([...(await onlyNewest.keysInUse())]).toEqual(['k3'])
    for (const part of third.parts)
      expect(await onlyNewest.readPart(third, part)).toEqual(
        parts[part.name === 'first' ? 'first' : 'second'],
      )
  })
})
