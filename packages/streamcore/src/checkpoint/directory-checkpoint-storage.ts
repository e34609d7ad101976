/** Checkpoints as files: `parts/` hold the data, `slots/` the manifests, `commits/` the commit log. See README.md. */
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
import type { FileSystem } from '../contracts/ports/file-system.js'
import { type CommitOrder, isNewerCommit, isOvertaken } from './commit-order.js'
import { createExclusively, readWholeFile, writeDurably } from './durable-file.js'
import { decodeCommit, decodeSlot, encodeCommit, encodeSlot, manifestBytesMax } from './manifest-codec.js'
import { keyOfPart, PartReferences, type StoredPart, storedParts } from './part-references.js'
import { assertPartName, assertWrittenParts, damagedPart, verifiedPart } from './part-name.js'
import { WrittenParts } from './written-parts.js'

const commitsKept = 2

/** What {@link DirectoryCheckpointStorage} works with. */
export interface DirectoryCheckpointStorageOptions {
  readonly fileSystem: FileSystem
  readonly digest: Digest
  /** Belongs to this job alone; created when it is missing. */
  readonly directory: string
}

/** Safe beside a stopped or dying owner, because slots are published by exclusive create and parts bear their maker's epoch. */
export class DirectoryCheckpointStorage implements CheckpointStorage {
  readonly #fileSystem: FileSystem
  readonly #digest: Digest
  readonly #partsDirectory: string
  readonly #slotsDirectory: string
  readonly #commitsDirectory: string
  readonly #written = new WrittenParts()

  private constructor(options: DirectoryCheckpointStorageOptions) {
    this.#fileSystem = options.fileSystem
    this.#digest = options.digest
    this.#partsDirectory = `${options.directory}/parts`
    this.#slotsDirectory = `${options.directory}/slots`
    this.#commitsDirectory = `${options.directory}/commits`
  }

  /** Creates the directories where they are missing. */
  static async open(options: DirectoryCheckpointStorageOptions): Promise<DirectoryCheckpointStorage> {
    const storage = new DirectoryCheckpointStorage(options)
    await options.fileSystem.makeDirectory(storage.#partsDirectory)
    await options.fileSystem.makeDirectory(storage.#slotsDirectory)
    await options.fileSystem.makeDirectory(storage.#commitsDirectory)
    return storage
  }

  async writePart(checkpoint: CheckpointRef, name: string, bytes: Uint8Array): Promise<void> {
    assertPartName(name)
    const part = { ref: checkpoint, name }
    await writeDurably(this.#fileSystem, this.#partPath(part), bytes)
    this.#written.add(part, bytes.length)
  }

  async publish(manifest: CheckpointManifest): Promise<boolean> {
    assertWrittenParts(manifest, (part) => this.#written.sizeOf(part))
    // The parts' names must be durable before anything says that the checkpoint exists.
    await this.#fileSystem.syncDirectory(this.#partsDirectory)
    return await this.#takeSlot(manifest)
  }

  async seal(slot: SealedSlot): Promise<boolean> {
    // A process that slept since it took its epoch must not close slots to its successor.
    if (isOvertaken(slot, await this.slots())) return false
    return (await this.#takeSlot(slot)) && !isOvertaken(slot, await this.slots())
  }

  async slots(): Promise<readonly CheckpointSlot[]> {
    const ids = await this.#slotIds()
    // A predecessor may have died between link and sync; whoever believes a slot makes it durable first.
    await this.#fileSystem.syncDirectory(this.#slotsDirectory)
    const slots: CheckpointSlot[] = []
    for (const id of ids) {
      // A read error is no damage: the next attempt may succeed, and a damaged slot would refuse the start for ever.
      const slot = await this.#readSlot(id)
      if (slot) slots.push(slot)
    }
    return slots
  }

  async readPart(checkpoint: CheckpointRef, part: CheckpointPart): Promise<Uint8Array> {
    const path = this.#partPath({ ref: part.origin ?? checkpoint, name: part.name })
    const bytes = await readWholeFile(this.#fileSystem, path, part.sizeBytes)
    if (bytes === undefined) throw damagedPart(checkpoint, part, `${path} is missing`)
    if ('tooLarge' in bytes) throw damagedPart(checkpoint, part, `${path} has ${bytes.tooLarge} bytes`)
    return verifiedPart(checkpoint, part, bytes, this.#digest)
  }

  async recordCommit(commit: CommittedCheckpoint): Promise<void> {
    const name = `commit-${commit.id}-${commit.committedBy}`
    const isCreated = await createExclusively(this.#fileSystem, {
      directory: this.#commitsDirectory,
      name,
      temporaryName: `tmp-${commit.committedBy}-${name}`,
      bytes: encodeCommit(commit, this.#digest),
    })
    if (!isCreated) await this.#fileSystem.syncDirectory(this.#commitsDirectory)
    const older = (await this.#commitNames()).slice(commitsKept)
    for (const commitName of older)
      await this.#fileSystem.remove(`${this.#commitsDirectory}/${commitName.name}`)
  }

  async lastCommit(): Promise<CommittedCheckpoint | undefined> {
    const [newest] = await this.#commitNames()
    if (newest === undefined) return undefined
    await this.#fileSystem.syncDirectory(this.#commitsDirectory)
    const path = `${this.#commitsDirectory}/${newest.name}`
    const bytes = await readWholeFile(this.#fileSystem, path, manifestBytesMax)
    const isWhole = bytes !== undefined && !('tooLarge' in bytes)
    return decodeCommit(path, isWhole ? bytes : new Uint8Array(), this.#digest)
  }

  async remove(checkpoint: CheckpointRef): Promise<void> {
    // A read error ends this here: without knowing whose the slot is, its parts must stay.
    const slot = await this.#readSlot(checkpoint.id)
    const going = new Set<string>()
    if (slot && slot.kind !== 'damaged' && slot.madeBy === checkpoint.madeBy) {
      if (slot.kind === 'checkpoint') for (const part of storedParts(slot)) going.add(keyOfPart(part))
      await this.#fileSystem.remove(this.#slotPath(checkpoint.id))
      // Otherwise a power cut could bring the slot back without its parts.
      await this.#fileSystem.syncDirectory(this.#slotsDirectory)
    }
    const left = new PartReferences(await this.slots())
    await this.#removeParts((part) => {
      const isOwn = part.ref.id === checkpoint.id && part.ref.madeBy === checkpoint.madeBy
      return (isOwn || going.has(keyOfPart(part))) && !left.needs(part)
    })
  }

  async removeOrphans(epoch: number): Promise<void> {
    const references = new PartReferences(await this.slots())
    await this.#removeParts((part) => part.ref.madeBy < epoch && !references.needs(part))
    await this.#removeTemporaries(this.#slotsDirectory, epoch)
    await this.#removeTemporaries(this.#commitsDirectory, epoch)
  }

  async close(): Promise<void> {}

  async #takeSlot(slot: CheckpointManifest | SealedSlot): Promise<boolean> {
    const isCreated = await createExclusively(this.#fileSystem, {
      directory: this.#slotsDirectory,
      name: `slot-${slot.id}`,
      temporaryName: `tmp-${slot.madeBy}-${slot.kind}-${slot.id}`,
      bytes: encodeSlot(slot, this.#digest),
    })
    if (!isCreated) return false
    // A process that slept while its successor published, and removed, this very slot finds a higher one here.
    return (await this.#slotIds()).every((id) => id <= slot.id)
  }

  async #readSlot(id: number): Promise<CheckpointSlot | undefined> {
    const bytes = await readWholeFile(this.#fileSystem, this.#slotPath(id), manifestBytesMax)
    if (bytes === undefined) return undefined
    if ('tooLarge' in bytes) return damagedSlot(id, `it has ${bytes.tooLarge} bytes`)
    return decodeSlot(id, bytes, this.#digest)
  }

  async #slotIds(): Promise<readonly number[]> {
    const names = await this.#fileSystem.list(this.#slotsDirectory)
    return names.flatMap((name) => numbersOf(/^slot-(\d{1,15})$/, name)).sort((a, b) => a - b)
  }

  /** The newest first. */
  async #commitNames(): Promise<readonly (CommitOrder & { readonly name: string })[]> {
    const names = await this.#fileSystem.list(this.#commitsDirectory)
    const commits = names.flatMap((name) => {
      const [id, committedBy] = numbersOf(/^commit-(\d{1,15})-(\d{1,15})$/, name)
      return id === undefined || committedBy === undefined ? [] : [{ name, id, committedBy }]
    })
    return commits.sort((a, b) => (isNewerCommit(a, b) ? -1 : 1))
  }

  async #removeParts(isChosen: (part: StoredPart) => boolean): Promise<void> {
    for (const fileName of await this.#fileSystem.list(this.#partsDirectory)) {
      const [, id, madeBy, name] = /^(\d{1,15})-(\d{1,15})-(.+)$/.exec(fileName) ?? []
      if (name === undefined) continue
      const part = { ref: { id: Number(id), madeBy: Number(madeBy) }, name }
      if (!isChosen(part)) continue
      await this.#fileSystem.remove(`${this.#partsDirectory}/${fileName}`)
      this.#written.remove(part)
    }
  }

  async #removeTemporaries(directory: string, epoch: number): Promise<void> {
    for (const name of await this.#fileSystem.list(directory)) {
      const [madeBy] = numbersOf(/^tmp-(\d{1,15})-/, name)
      if (madeBy !== undefined && madeBy < epoch) await this.#fileSystem.remove(`${directory}/${name}`)
    }
  }

  #partPath(part: StoredPart): string {
    return `${this.#partsDirectory}/${keyOfPart(part)}`
  }

  #slotPath(id: number): string {
    return `${this.#slotsDirectory}/slot-${id}`
  }
}

function damagedSlot(id: number, reason: string): CheckpointSlot {
  return { kind: 'damaged', id, reason }
}

/** The numbers a pattern finds in a name; empty when the name is not one of ours. */
function numbersOf(pattern: RegExp, name: string): readonly number[] {
  return (pattern.exec(name) ?? []).slice(1).map(Number)
}
