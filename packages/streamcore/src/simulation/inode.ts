/** The content of a simulated file: what processes see, and what would be left of it after a power loss. */
import type { Random } from '../contracts/ports/random.js'

const capacityMin = 64

/** Files are only truncated and appended to; everything behind the last sync may be lost, torn or garbage. */
export class Inode {
  #bytes: Uint8Array = new Uint8Array(0)
  #length = 0
  #durableLength = 0
  /** The durable content from before an unsynced truncation. */
  #beforeTruncation: Uint8Array | undefined
  #hasFailedSync = false
  modifiedMs: number

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs
  }

  get sizeBytes(): number {
    return this.#length
  }

  /** A copy of what is between the positions. */
  read(position: number, length: number): Uint8Array {
    return this.#bytes.slice(Math.min(position, this.#length), Math.min(position + length, this.#length))
  }

  content(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  truncate(): void {
    this.#beforeTruncation ??= this.#bytes.slice(0, this.#durableLength)
    this.#bytes = new Uint8Array(0)
    this.#length = 0
    this.#durableLength = 0
    this.#hasFailedSync = false
  }

  append(bytes: Uint8Array, modifiedMs: number): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(capacityMin, length, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
    this.modifiedMs = modifiedMs
  }

  sync(): void {
    // After a failed fsync the kernel takes the pages for clean: the next one succeeds and writes nothing.
    if (this.#hasFailedSync) return
    this.#beforeTruncation = undefined
    this.#durableLength = this.#length
  }

  failSync(): void {
    this.#hasFailedSync = true
  }

  replaceDurably(bytes: Uint8Array): void {
    this.#bytes = bytes.slice()
    this.#length = bytes.length
    this.#durableLength = bytes.length
    this.#beforeTruncation = undefined
  }

  losePower(random: Random): void {
    const isDurable = this.#beforeTruncation === undefined && this.#durableLength === this.#length
    this.#hasFailedSync = false
    if (!isDurable) this.replaceDurably(this.#afterPowerLoss(random))
  }

  #afterPowerLoss(random: Random): Uint8Array {
    if (this.#beforeTruncation && random.below(3) === 0) return this.#beforeTruncation
    const unsynced = this.#length - this.#durableLength
    const kept = this.#durableLength + random.below(unsynced + 1)
    switch (random.below(4)) {
      case 0:
        return this.#bytes.slice(0, this.#durableLength)
      case 1:
        return this.#bytes.slice(0, this.#length)
      case 2:
        return this.#bytes.slice(0, kept)
      default:
        return this.#withGarbage(kept, random)
    }
  }

  /** The file has its length, but blocks of its end were never written. */
  #withGarbage(from: number, random: Random): Uint8Array {
    const bytes = this.content()
    const isZero = random.below(2) === 0
    for (let index = from; index < bytes.length; index++) bytes[index] = isZero ? 0 : random.below(256)
    return bytes
  }
}
