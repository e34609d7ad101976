/** Checkpoints that only live as long as the process: for jobs without durable state, and for tests. */
import type {
  CheckpointManifest,
  CheckpointPart,
  CheckpointRef,
  CheckpointSlot,
  CheckpointStorage,
  CommittedCheckpoint,
  SealedSlot,
} from '../contracts/checkpoint-storage.js'
import type { Digest } from '../contracts/ports/digest.js'
import { isNewerCommit, isOvertaken } from './commit-order.js'
import { keyOfPart, PartReferences, type StoredPart, storedParts } from './part-references.js'
import { assertPartName, assertWrittenParts, damagedPart, verifiedPart } from './part-name.js'

/** Survives restarts of the job within the process when the same object is passed on. */
export class MemoryCheckpointStorage implements CheckpointStorage {
  readonly #digest: Digest
  readonly #slots = new Map<number, CheckpointManifest | SealedSlot>()
  readonly #parts = new Map<string, MemoryPart>()
  #lastCommit: CommittedCheckpoint | undefined

  constructor(digest: Digest) {
    this.#digest = digest
  }

  async writePart(checkpoint: CheckpointRef, name: string, bytes: Uint8Array): Promise<void> {
    assertPartName(name)
    const part = { ref: { id: checkpoint.id, madeBy: checkpoint.madeBy }, name }
    this.#parts.set(keyOfPart(part), { ...part, bytes: bytes.slice() })
  }

  async publish(manifest: CheckpointManifest): Promise<boolean> {
    assertWrittenParts(manifest, (part) => this.#parts.get(keyOfPart(part))?.bytes.length)
    return this.#take(manifest)
  }

  async seal(slot: SealedSlot): Promise<boolean> {
    if (isOvertaken(slot, await this.slots())) return false
    return this.#take(slot)
  }

  async slots(): Promise<readonly CheckpointSlot[]> {
    return [...this.#slots.values()].sort((a, b) => a.id - b.id)
  }

  async readPart(checkpoint: CheckpointRef, part: CheckpointPart): Promise<Uint8Array> {
    const stored = this.#parts.get(keyOfPart({ ref: part.origin ?? checkpoint, name: part.name }))
    if (!stored) throw damagedPart(checkpoint, part, 'it is missing')
    return verifiedPart(checkpoint, part, stored.bytes.slice(), this.#digest)
  }

  async recordCommit(commit: CommittedCheckpoint): Promise<void> {
    const { id, madeBy, committedBy } = commit
    if (isNewerCommit(commit, this.#lastCommit)) this.#lastCommit = { id, madeBy, committedBy }
  }

  async lastCommit(): Promise<CommittedCheckpoint | undefined> {
    return this.#lastCommit
  }

  async remove(checkpoint: CheckpointRef): Promise<void> {
    const slot = this.#slots.get(checkpoint.id)
    const going = new Set<string>()
    if (slot?.madeBy === checkpoint.madeBy) {
      if (slot.kind === 'checkpoint') for (const part of storedParts(slot)) going.add(keyOfPart(part))
      this.#slots.delete(checkpoint.id)
    }
    this.#removeParts(({ ref, name }) => {
      const isOwn = ref.id === checkpoint.id && ref.madeBy === checkpoint.madeBy
      return isOwn || going.has(keyOfPart({ ref, name }))
    })
  }

  async removeOrphans(epoch: number): Promise<void> {
    this.#removeParts((part) => part.ref.madeBy < epoch)
  }

  async close(): Promise<void> {}

  /** Those that no slot needs. */
  #removeParts(isChosen: (part: StoredPart) => boolean): void {
    const references = new PartReferences([...this.#slots.values()])
    for (const [key, part] of this.#parts) {
      if (isChosen(part) && !references.needs(part)) this.#parts.delete(key)
    }
  }

  #take(slot: CheckpointManifest | SealedSlot): boolean {
    for (const id of this.#slots.keys()) {
      if (id >= slot.id) return false
    }
    this.#slots.set(slot.id, slot)
    return true
  }
}

interface MemoryPart extends StoredPart {
  readonly bytes: Uint8Array
}
