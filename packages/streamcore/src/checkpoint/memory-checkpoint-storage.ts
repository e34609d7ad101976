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
import { assertPartName, assertWrittenParts, damagedPart, verifiedPart } from './part-name.js'

/** Survives restarts of the job within the process when the same object is passed on. */
export class MemoryCheckpointStorage implements CheckpointStorage {
  readonly #digest: Digest
  readonly #slots = new Map<number, CheckpointManifest | SealedSlot>()
  readonly #parts = new Map<string, MemoryParts>()
  #lastCommit: CommittedCheckpoint | undefined

  constructor(digest: Digest) {
    this.#digest = digest
  }

  async writePart(checkpoint: CheckpointRef, name: string, bytes: Uint8Array): Promise<void> {
    assertPartName(name)
    const key = refKey(checkpoint)
    const parts = this.#parts.get(key) ?? { madeBy: checkpoint.madeBy, bytes: new Map<string, Uint8Array>() }
    parts.bytes.set(name, bytes.slice())
    this.#parts.set(key, parts)
  }

  async publish(manifest: CheckpointManifest): Promise<boolean> {
    const stored = this.#parts.get(refKey(manifest))?.bytes ?? new Map<string, Uint8Array>()
    assertWrittenParts(manifest.parts, new Map([...stored].map(([name, bytes]) => [name, bytes.length])))
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
    const bytes = this.#parts.get(refKey(checkpoint))?.bytes.get(part.name)
    if (!bytes) throw damagedPart(checkpoint, part, 'it is missing')
    return verifiedPart(checkpoint, part, bytes.slice(), this.#digest)
  }

  async recordCommit(commit: CommittedCheckpoint): Promise<void> {
    const { id, madeBy, committedBy } = commit
    if (isNewerCommit(commit, this.#lastCommit)) this.#lastCommit = { id, madeBy, committedBy }
  }

  async lastCommit(): Promise<CommittedCheckpoint | undefined> {
    return this.#lastCommit
  }

  async remove(checkpoint: CheckpointRef): Promise<void> {
    if (this.#slots.get(checkpoint.id)?.madeBy === checkpoint.madeBy) this.#slots.delete(checkpoint.id)
    this.#parts.delete(refKey(checkpoint))
  }

  async removeOrphans(epoch: number): Promise<void> {
    const owned = new Set([...this.#slots.values()].map(refKey))
    for (const [key, parts] of this.#parts) {
      if (parts.madeBy < epoch && !owned.has(key)) this.#parts.delete(key)
    }
  }

  async close(): Promise<void> {}

  #take(slot: CheckpointManifest | SealedSlot): boolean {
    for (const id of this.#slots.keys()) {
      if (id >= slot.id) return false
    }
    this.#slots.set(slot.id, slot)
    return true
  }
}

interface MemoryParts {
  readonly madeBy: number
  readonly bytes: Map<string, Uint8Array>
}

function refKey(ref: CheckpointRef): string {
  return `${ref.id}-${ref.madeBy}`
}
