/** Encrypts checkpoints on their way into another storage: parts and manifests, each bound to its place so that none can be swapped. */
import { assert } from '../contracts/assert.js'
import type {
  CheckpointManifest,
  CheckpointPart,
  CheckpointRef,
  CheckpointSlot,
  CheckpointStorage,
  CommittedCheckpoint,
  SealedSlot,
} from '../contracts/checkpoint-storage.js'
import { messageOf } from '../contracts/errors.js'
import type { Cipher } from '../contracts/ports/cipher.js'
import type { Digest } from '../contracts/ports/digest.js'
import {
  decodeSealedManifest,
  encodeSealedManifest,
  outerManifest,
  outerPart,
  type SealedManifest,
  type SealedPart,
  sealedBytesOf,
} from './encrypted-manifest.js'
import { damagedPart, verifiedPart } from './part-name.js'
import { keyOfPart, storedParts } from './part-references.js'

/** What {@link EncryptedCheckpointStorage} works with. */
export interface EncryptedCheckpointStorageOptions {
  /** Where sealed bytes are kept; closed with this storage. */
  readonly inner: CheckpointStorage
  readonly cipher: Cipher
  readonly digest: Digest
  /** Whose checkpoints these are; undefined to read a savepoint of whatever job it says, and believe that once it opens. */
  readonly jobId: string | undefined
}

/**
 * Readable from outside stay: the job's id, checkpoint ids and epochs, names and sizes of parts, and the commit log. A sealed
 * part can only be opened as the part of this name, of this checkpoint, of this job.
 */
export class EncryptedCheckpointStorage implements CheckpointStorage {
  readonly #inner: CheckpointStorage
  readonly #cipher: Cipher
  readonly #digest: Digest
  #jobId: string | undefined
  /** How parts stand beneath; bounded by the parts that slots refer to and those being written. */
  readonly #sealed = new Map<string, SealedPart>()

  constructor({ inner, cipher, digest, jobId }: EncryptedCheckpointStorageOptions) {
    this.#inner = inner
    this.#cipher = cipher
    this.#digest = digest
    this.#jobId = jobId
  }

  async writePart(checkpoint: CheckpointRef, name: string, bytes: Uint8Array): Promise<void> {
    const sealed = await this.#cipher.seal(bytes, this.#context(checkpoint, `part ${name}`))
    this.#sealed.set(keyOfPart({ ref: checkpoint, name }), {
      sizeBytes: sealed.length,
      sha256: this.#digest.sha256(sealed),
      keyId: this.#cipher.keyIdOf(sealed),
    })
    await this.#inner.writePart(checkpoint, name, sealed)
  }

  async publish(manifest: CheckpointManifest): Promise<boolean> {
    const parts = manifest.parts.map((part) => this.#sealedPart(manifest, part))
    const sealed = { manifest, parts }
    const bytes = encodeSealedManifest(sealed, this.#digest)
    const sealedBytes = await this.#cipher.seal(bytes, this.#context(manifest, 'manifest'))
    const isPublished = await this.#inner.publish(outerManifest(sealed, sealedBytes))
    if (isPublished) this.#forgetOthers(manifest)
    return isPublished
  }

  async seal(slot: SealedSlot): Promise<boolean> {
    return await this.#inner.seal(slot)
  }

  async slots(): Promise<readonly CheckpointSlot[]> {
    const slots: CheckpointSlot[] = []
    for (const slot of await this.#inner.slots())
      slots.push(slot.kind === 'checkpoint' ? await this.#opened(slot) : slot)
    return slots
  }

  async readPart(checkpoint: CheckpointRef, part: CheckpointPart): Promise<Uint8Array> {
    const ref = part.origin ?? checkpoint
    const key = keyOfPart({ ref, name: part.name })
    // What a predecessor wrote is known from the manifests.
    if (!this.#sealed.has(key)) await this.slots()
    const known = this.#sealed.get(key)
    if (known === undefined) throw damagedPart(checkpoint, part, 'no manifest that was read names it')
    const sealed = await this.#inner.readPart(checkpoint, outerPart(part, known))
    const plain = await this.#cipher.open(sealed, this.#context(ref, `part ${part.name}`))
    return verifiedPart(checkpoint, part, plain, this.#digest)
  }

  async recordCommit(commit: CommittedCheckpoint): Promise<void> {
    await this.#inner.recordCommit(commit)
  }

  async lastCommit(): Promise<CommittedCheckpoint | undefined> {
    return await this.#inner.lastCommit()
  }

  async remove(checkpoint: CheckpointRef): Promise<void> {
    await this.#inner.remove(checkpoint)
  }

  async removeOrphans(epoch: number): Promise<void> {
    await this.#inner.removeOrphans(epoch)
  }

  async close(): Promise<void> {
    await this.#inner.close()
  }

  /** The keys without which some checkpoint of this storage could not be read any more. */
  async keysInUse(): Promise<ReadonlySet<string>> {
    const keys = new Set<string>()
    for (const slot of await this.#inner.slots()) {
      const bytes = slot.kind === 'checkpoint' ? sealedBytesOf(slot) : undefined
      if (slot.kind !== 'checkpoint' || bytes === undefined) continue
      keys.add(this.#cipher.keyIdOf(bytes))
      const { parts } = await this.#open(slot, bytes)
      for (const { keyId } of parts) keys.add(keyId)
    }
    return keys
  }

  async #opened(outer: CheckpointManifest): Promise<CheckpointSlot> {
    const damaged = (reason: string): CheckpointSlot => ({ kind: 'damaged', id: outer.id, reason })
    try {
      const bytes = sealedBytesOf(outer)
      if (bytes === undefined) return damaged('it is not encrypted, and this state is')
      return (await this.#open(outer, bytes)).manifest
    } catch (error) {
      return damaged(messageOf(error))
    }
  }

  async #open(outer: CheckpointManifest, bytes: Uint8Array): Promise<SealedManifest> {
    this.#jobId ??= outer.jobId
    const plain = await this.#cipher.open(bytes, this.#context(outer, 'manifest'))
    const sealed = decodeSealedManifest(plain, outer, this.#digest)
    if (sealed === undefined) throw new Error('its sealed manifest is of another checkpoint')
    for (const [index, part] of storedParts(sealed.manifest).entries()) {
      const found = sealed.parts[index]
      if (found !== undefined) this.#sealed.set(keyOfPart(part), found)
    }
    return sealed
  }

  /** No other checkpoint is being written, and what earlier ones consist of stands in their manifests. */
  #forgetOthers(manifest: CheckpointManifest): void {
    const kept = new Set(storedParts(manifest).map(keyOfPart))
    for (const key of this.#sealed.keys()) if (!kept.has(key)) this.#sealed.delete(key)
  }

  #sealedPart(manifest: CheckpointManifest, { name, origin }: CheckpointPart): SealedPart {
    const sealed = this.#sealed.get(keyOfPart({ ref: origin ?? manifest, name }))
    assert(sealed !== undefined, `the part ${name} was written before it is published`)
    return sealed
  }

  #context({ id, madeBy }: CheckpointRef, what: string): string {
    return JSON.stringify([this.#jobId ?? '', id, madeBy, what])
  }
}
