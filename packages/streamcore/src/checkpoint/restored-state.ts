/** What a checkpoint holds for the operators of a job, whatever parallelism it was taken at. */
import type {
  CheckpointManifest,
  CheckpointPart,
  CheckpointStorage,
} from '../contracts/checkpoint-storage.js'
import type { KeyGroupRange } from '../contracts/key-groups.js'
import { decodeCommittables } from '../serde/committables.js'
import { unpackFrames } from '../serde/frames.js'
import { decodeValue } from '../serde/value-codec.js'
import type { FormerBlock } from '../state/operator/operator-state-store.js'

/** Where parts are read: the storage, or whoever asks it for us. */
export type PartReader = Pick<CheckpointStorage, 'readPart'>

/** Reads the parts of one checkpoint. */
export class RestoredState {
  readonly manifest: CheckpointManifest
  readonly #storage: PartReader

  constructor(storage: PartReader, manifest: CheckpointManifest) {
    this.#storage = storage
    this.manifest = manifest
  }

  /** The bytes of one part, for a thread that restores its own share. */
  async readPart(part: CheckpointPart): Promise<Uint8Array> {
    return await this.#storage.readPart(this.manifest, part)
  }

  /** Of how many checkpoints the keyed state of one operator and subtask is made, at most: 1 when all is full. */
  get chainLength(): number {
    const origins = new Map<string, Set<number>>()
    for (const { kind, uid, subtaskIndex, origin } of this.manifest.parts) {
      if (kind !== 'keyed') continue
      const owner = `${subtaskIndex} ${uid}`
      origins.set(owner, (origins.get(owner) ?? new Set()).add(origin?.id ?? this.manifest.id))
    }
    return Math.max(1, ...[...origins.values()].map((ids) => ids.size))
  }

  /** What an operator of every former subtask kept of its own, in their order. */
  async operatorStates<T>(uid: string): Promise<readonly T[]> {
    const states: T[] = []
    for (const part of this.#parts(uid, 'operator')) {
      states.push(decodeValue<T>(await this.#storage.readPart(this.manifest, part)))
    }
    return states
  }

  /**
   * The blocks of state and timers, or of messages, that may hold something of these key groups, in the order in which they
   * are restored; one part is in memory at a time.
   */
  async *blocks(
    uid: string,
    kind: 'keyed' | 'messages',
    keyGroups: KeyGroupRange,
  ): AsyncGenerator<Uint8Array> {
    for (const part of this.#parts(uid, kind)) {
      const has = part.keyGroups
      if (has !== undefined && (has.end < keyGroups.start || has.start > keyGroups.end)) continue
      yield* unpackFrames(await this.#storage.readPart(this.manifest, part))
    }
  }

  /** The blocks of operator state of every former subtask, in their order; one part is in memory at a time. */
  async *operatorStateBlocks(uid: string): AsyncGenerator<FormerBlock> {
    for (const part of this.#parts(uid, 'operator-state')) {
      const { subtaskIndex } = part
      for (const block of unpackFrames(await this.#storage.readPart(this.manifest, part)))
        yield { subtaskIndex, block }
    }
  }

  /** How many subtasks an operator had. */
  parallelismOf(uid: string): number | undefined {
    return this.manifest.operators.find((operator) => operator.uid === uid)?.parallelism
  }

  /** The output of a sink that this checkpoint has to commit. */
  async pendingOutput(uid: string): Promise<readonly unknown[]> {
    const all: unknown[] = []
    for (const part of this.#parts(uid, 'pending')) {
      for (const committable of decodeCommittables(await this.#storage.readPart(this.manifest, part))) {
        all.push(committable)
      }
    }
    return all
  }

  /** By subtask; those of a subtask stay in the order of the manifest. */
  #parts(uid: string, kind: CheckpointPart['kind']): readonly CheckpointPart[] {
    return this.manifest.parts
      .filter((part) => part.uid === uid && part.kind === kind)
      .sort((a, b) => a.subtaskIndex - b.subtaskIndex)
  }
}
