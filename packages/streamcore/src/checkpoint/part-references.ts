/** Which stored parts are still needed: a part is kept as long as any slot refers to it, whichever checkpoint wrote it. */
import type { CheckpointManifest, CheckpointRef, CheckpointSlot } from '../contracts/checkpoint-storage.js'

/** A stored part: the checkpoint that wrote it, and its name there. */
export interface StoredPart {
  readonly ref: CheckpointRef
  readonly name: string
}

/** What the slots of a storage refer to. */
export class PartReferences {
  readonly #needed = new Set<string>()
  /** A damaged slot may refer to any part that is not younger than it: those stay for whoever looks into the damage. */
  readonly #damagedId: number

  constructor(slots: readonly CheckpointSlot[]) {
    for (const slot of slots) {
      if (slot.kind === 'checkpoint') for (const part of storedParts(slot)) this.#needed.add(keyOfPart(part))
    }
    this.#damagedId = Math.max(-1, ...slots.filter((slot) => slot.kind === 'damaged').map((slot) => slot.id))
  }

  needs(part: StoredPart): boolean {
    return part.ref.id <= this.#damagedId || this.#needed.has(keyOfPart(part))
  }
}

/** The parts that a checkpoint consists of, its own and those of earlier ones. */
export function storedParts(manifest: CheckpointManifest): readonly StoredPart[] {
  return manifest.parts.map((part) => ({ ref: part.origin ?? manifest, name: part.name }))
}

/** A text that is the same for the same part only. */
export function keyOfPart({ ref, name }: StoredPart): string {
  return `${ref.id}-${ref.madeBy}-${name}`
}
