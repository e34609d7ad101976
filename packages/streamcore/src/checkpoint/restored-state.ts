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

/** Reads the parts of one checkpoint. */
export class RestoredState {
  readonly manifest: CheckpointManifest
  readonly #storage: CheckpointStorage

  constructor(storage: CheckpointStorage, manifest: CheckpointManifest) {
    this.#storage = storage
    this.manifest = manifest
  }

  /** The operator state of every former subtask, in their order. */
  async operatorStates<T>(uid: string): Promise<readonly T[]> {
    const states: T[] = []
    for (const part of this.#parts(uid, 'operator')) {
      states.push(decodeValue<T>(await this.#storage.readPart(this.manifest, part)))
    }
    return states
  }

  /** The keyed blocks that may hold entries of these key groups, one part in memory at a time. */
  async *keyedBlocks(uid: string, keyGroups: KeyGroupRange): AsyncGenerator<Uint8Array> {
    for (const part of this.#parts(uid, 'keyed')) {
      const has = part.keyGroups
      if (has !== undefined && (has.end < keyGroups.start || has.start > keyGroups.end)) continue
      yield* unpackFrames(await this.#storage.readPart(this.manifest, part))
    }
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

  /** Parts in the order they were written: by subtask, then by number. */
  #parts(uid: string, kind: CheckpointPart['kind']): readonly CheckpointPart[] {
    return this.manifest.parts
      .filter((part) => part.uid === uid && part.kind === kind)
      .sort((a, b) => a.subtaskIndex - b.subtaskIndex || partNumber(a) - partNumber(b))
  }
}

function partNumber(part: CheckpointPart): number {
  return Number(part.name.slice(part.name.lastIndexOf('-') + 1))
}
