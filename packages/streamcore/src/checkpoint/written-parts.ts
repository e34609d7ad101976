/** Remembers which parts this storage wrote and still has, so that a manifest never names a part that is not there. */
import { keyOfPart, type StoredPart } from './part-references.js'

/** Part → size; bounded by the parts that are stored. */
export class WrittenParts {
  readonly #sizes = new Map<string, number>()

  add(part: StoredPart, sizeBytes: number): void {
    this.#sizes.set(keyOfPart(part), sizeBytes)
  }

  /** Undefined when this storage has not written it, or has removed it again. */
  sizeOf(part: StoredPart): number | undefined {
    return this.#sizes.get(keyOfPart(part))
  }

  remove(part: StoredPart): void {
    this.#sizes.delete(keyOfPart(part))
  }
}
