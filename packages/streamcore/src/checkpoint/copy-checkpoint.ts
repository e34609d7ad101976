/** Copies a whole checkpoint from one storage into another: the copy refers to nothing outside of itself. */
import type {
  CheckpointManifest,
  CheckpointPart,
  CheckpointStorage,
} from '../contracts/checkpoint-storage.js'

/** What {@link copyCheckpoint} copies. */
export interface CheckpointCopy {
  readonly from: CheckpointStorage
  readonly source: CheckpointManifest
  readonly to: CheckpointStorage
  /** Id, maker, lineage of the copy; its parts are those that were copied. */
  readonly target: Omit<CheckpointManifest, 'parts'>
  /** Which parts are wanted; all where nothing is said. */
  readonly wants?: (part: CheckpointPart) => boolean
}

/**
 * Copies and publishes; undefined when the slot was taken. Every part is verified as it is read, one at a time in memory.
 * A copy that fails half-way leaves parts without a slot: nothing that anybody would take for a checkpoint.
 */
export async function copyCheckpoint(copy: CheckpointCopy): Promise<CheckpointManifest | undefined> {
  const { from, source, to, target, wants = () => true } = copy
  const parts: CheckpointPart[] = []
  for (const { origin, ...own } of source.parts.filter(wants)) {
    // The parts of earlier checkpoints become its own; their order says how they build on each other.
    const part = origin === undefined ? own : { ...own, origin }
    await to.writePart(target, own.name, await from.readPart(source, part))
    parts.push(own)
  }
  const manifest = { ...target, parts }
  return (await to.publish(manifest)) ? manifest : undefined
}
