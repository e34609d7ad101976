/** Remembers which parts this storage wrote, so that a manifest never names a part that was not. */
import type { CheckpointRef } from '../contracts/checkpoint-storage.js'

/** Part name → size, per checkpoint that is being written; bounded by the checkpoints under way. */
export class WrittenParts {
  readonly #parts = new Map<string, Map<string, number>>()

  add(checkpoint: CheckpointRef, name: string, sizeBytes: number): void {
    const key = `${checkpoint.id}-${checkpoint.madeBy}`
    const parts = this.#parts.get(key) ?? new Map<string, number>()
    parts.set(name, sizeBytes)
    this.#parts.set(key, parts)
  }

  /** The parts of a checkpoint, which is thereby finished or given up. */
  take(checkpoint: CheckpointRef): ReadonlyMap<string, number> {
    const key = `${checkpoint.id}-${checkpoint.madeBy}`
    const parts = this.#parts.get(key) ?? new Map<string, number>()
    this.#parts.delete(key)
    return parts
  }
}
