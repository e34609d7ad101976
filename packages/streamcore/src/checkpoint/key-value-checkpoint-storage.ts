/** Checkpoints in a key-value store such as LevelDB, which is believed only as far as manifests and digests confirm it. See README.md. */
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
import type { KeyValueEntry, KeyValueOperation, KeyValueStore } from '../contracts/ports/key-value-store.js'
import { deletion, idsIn, keyOf, keysUnder, put, readPages, readPrefix } from './checkpoint-keys.js'
import { isOvertaken } from './commit-order.js'
import { decodeCommit, decodeSlot, encodeCommit, encodeSlot } from './manifest-codec.js'
import { PartReferences, type StoredPart, storedParts } from './part-references.js'
import { assertPartName, assertWrittenParts, damagedPart, verifiedPart } from './part-name.js'
import { WrittenParts } from './written-parts.js'

const blockBytes = 1024 * 1024
/** Bounds the memory that one batch or read takes. */
const blocksPerBatch = 4
const commitsKept = 2

/** What {@link KeyValueCheckpointStorage} works with. */
export interface KeyValueCheckpointStorageOptions {
  /** Belongs to this storage from now on, and is closed by it. */
  readonly store: KeyValueStore
  readonly digest: Digest
}

/** One process at a time, because a key-value store has one opener; a take-over ends the owner first. */
export class KeyValueCheckpointStorage implements CheckpointStorage {
  readonly #store: KeyValueStore
  readonly #digest: Digest
  readonly #written = new WrittenParts()
  /** Slots are taken one after the other, so that looking and putting are one step. */
  #taking: Promise<unknown> = Promise.resolve()

  private constructor(options: KeyValueCheckpointStorageOptions) {
    this.#store = options.store
    this.#digest = options.digest
  }

  /** Makes durable what a killed predecessor may have left in the operating system's hands. */
  static async open(options: KeyValueCheckpointStorageOptions): Promise<KeyValueCheckpointStorage> {
    // The first synced batch after an open covers all that was found then; an empty batch would be optimised away.
    await options.store.batch([put('opened', new Uint8Array())], { sync: true })
    return new KeyValueCheckpointStorage(options)
  }

  async writePart(checkpoint: CheckpointRef, name: string, bytes: Uint8Array): Promise<void> {
    assertPartName(name)
    const blockCount = Math.ceil(bytes.length / blockBytes)
    // The entry that says how many blocks there are comes first, so that no block is ever without it.
    let batch: KeyValueOperation[] = [
      put(keyOf('part', checkpoint, name), new TextEncoder().encode(String(blockCount))),
    ]
    for (let index = 0; index < blockCount; index++) {
      const block = bytes.subarray(index * blockBytes, (index + 1) * blockBytes)
      batch.push(put(keyOf('block', checkpoint, name, index), block))
      if (batch.length < blocksPerBatch) continue
      await this.#store.batch(batch, { sync: true })
      batch = []
    }
    // LevelDB starts a new log without syncing the old one; hence every batch is synced, not only the last.
    if (batch.length > 0) await this.#store.batch(batch, { sync: true })
    this.#written.add({ ref: checkpoint, name }, bytes.length)
  }

  async publish(manifest: CheckpointManifest): Promise<boolean> {
    assertWrittenParts(manifest, (part) => this.#written.sizeOf(part))
    return await this.#takeSlot(manifest)
  }

  async seal(slot: SealedSlot): Promise<boolean> {
    if (isOvertaken(slot, await this.slots())) return false
    return await this.#takeSlot(slot)
  }

  async slots(): Promise<readonly CheckpointSlot[]> {
    const slots: CheckpointSlot[] = []
    for await (const { key, value } of readPages(this.#store, 'slot/')) {
      const { id } = idsIn(key)
      slots.push(decodeSlot(id, value, this.#digest))
    }
    return slots
  }

  async readPart(checkpoint: CheckpointRef, part: CheckpointPart): Promise<Uint8Array> {
    const blockCount = Math.ceil(part.sizeBytes / blockBytes)
    const owner = part.origin ?? checkpoint
    const stored = await this.#store.get(keyOf('part', owner, part.name))
    if (stored === undefined) throw damagedPart(checkpoint, part, 'it is missing')
    const storedCount = new TextDecoder().decode(stored)
    if (storedCount !== String(blockCount)) {
      throw damagedPart(checkpoint, part, `it has ${storedCount} blocks instead of ${blockCount}`)
    }
    const bytes = new Uint8Array(part.sizeBytes)
    for (let first = 0; first < blockCount; first += blocksPerBatch) {
      await this.#readBlocks(owner, part, { first, bytes })
    }
    return verifiedPart(checkpoint, part, bytes, this.#digest)
  }

  async recordCommit(commit: CommittedCheckpoint): Promise<void> {
    const key = keyOf('commit', { id: commit.id, madeBy: commit.committedBy })
    await this.#store.batch([put(key, encodeCommit(commit, this.#digest))], { sync: true })
    const commits = await readPrefix(this.#store, 'commit/', { limit: 64 })
    const old = commits.slice(0, -commitsKept).map((entry) => deletion(entry.key))
    if (old.length > 0) await this.#store.batch(old, { sync: false })
  }

  async lastCommit(): Promise<CommittedCheckpoint | undefined> {
    const [newest] = await readPrefix(this.#store, 'commit/', { limit: 1, reverse: true })
    return newest && decodeCommit(newest.key, newest.value, this.#digest)
  }

  async remove(checkpoint: CheckpointRef): Promise<void> {
    const slotKey = keyOf('slot', checkpoint)
    const bytes = await this.#store.get(slotKey)
    const slot = bytes && decodeSlot(checkpoint.id, bytes, this.#digest)
    let going: readonly StoredPart[] = []
    if (slot && slot.kind !== 'damaged' && slot.madeBy === checkpoint.madeBy) {
      if (slot.kind === 'checkpoint') going = storedParts(slot)
      // Otherwise a power cut could bring the slot back without its parts.
      await this.#store.batch([deletion(slotKey)], { sync: true })
    }
    const left = new PartReferences(await this.slots())
    // Its own parts are looked for by their prefix, because one that was never published has no manifest.
    await this.#removeParts(keysUnder('part', checkpoint), (part) => !left.needs(part))
    for (const part of going) {
      const key = keyOf('part', part.ref, part.name)
      const value = left.needs(part) ? undefined : await this.#store.get(key)
      if (value !== undefined) await this.#removePart({ key, value })
    }
  }

  async removeOrphans(epoch: number): Promise<void> {
    const references = new PartReferences(await this.slots())
    await this.#removeParts('part/', (part) => part.ref.madeBy < epoch && !references.needs(part))
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  #takeSlot(slot: CheckpointManifest | SealedSlot): Promise<boolean> {
    const taken = this.#taking.then(async () => {
      const sameOrLater = { gte: keyOf('slot', slot), lt: 'slot0', limit: 1 }
      if ((await this.#store.entries(sameOrLater)).length > 0) return false
      await this.#store.batch([put(keyOf('slot', slot), encodeSlot(slot, this.#digest))], { sync: true })
      return true
    })
    this.#taking = taken.catch(() => undefined)
    return taken
  }

  async #readBlocks(
    checkpoint: CheckpointRef,
    part: CheckpointPart,
    { first, bytes }: { readonly first: number; readonly bytes: Uint8Array },
  ): Promise<void> {
    const count = Math.min(blocksPerBatch, Math.ceil(part.sizeBytes / blockBytes) - first)
    const indexes = Array.from({ length: count }, (_, offset) => first + offset)
    const keys = indexes.map((index) => keyOf('block', checkpoint, part.name, index))
    const blocks = await this.#store.getMany(keys)
    for (const index of indexes) {
      const block = blocks[index - first]
      const expected = Math.min(blockBytes, part.sizeBytes - index * blockBytes)
      if (block === undefined) throw damagedPart(checkpoint, part, `block ${index} is missing`)
      if (block.length !== expected) {
        throw damagedPart(checkpoint, part, `block ${index} has ${block.length} bytes`)
      }
      bytes.set(block, index * blockBytes)
    }
  }

  async #removeParts(prefix: string, isChosen: (part: StoredPart) => boolean): Promise<void> {
    for await (const entry of readPages(this.#store, prefix)) {
      if (isChosen(storedPartOf(entry.key))) await this.#removePart(entry)
    }
  }

  /** The blocks first: their number is known only as long as the part's own entry stands. */
  async #removePart({ key, value }: KeyValueEntry): Promise<void> {
    const part = storedPartOf(key)
    const blockCount = Number(new TextDecoder().decode(value))
    for (let first = 0; first < blockCount; first += 1_000) {
      const count = Math.min(1_000, blockCount - first)
      const blocks = Array.from({ length: count }, (_, offset) =>
        deletion(keyOf('block', part.ref, part.name, first + offset)),
      )
      await this.#store.batch(blocks, { sync: false })
    }
    await this.#store.batch([deletion(key)], { sync: false })
    this.#written.remove(part)
  }
}

function storedPartOf(key: string): StoredPart {
  const { id, madeBy, name } = idsIn(key)
  return { ref: { id, madeBy }, name }
}
