/**
 * Which keys may have a row. A Bloom filter whose bits of a key lie in one word, so that asking costs one miss of the caches
 * (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007).
 */
import type { Key } from '../../contracts/key.js'
import { murmurHash } from '../../contracts/key-groups.js'
import { hashOfKey } from '../../serde/key-bytes.js'

const wordsMin = 1_024

/**
 * Keys are only added. At ten bits a key one in twenty is taken for another one; a filter that overflows says yes to every key
 * and costs no more than a question to the store.
 */
export class StoredKeys {
  readonly #words: Int32Array
  readonly #mask: number
  #isEmpty = true

  /** Takes at most `bytes`, or 4 KiB. */
  constructor(bytes: number) {
    const words = 2 ** Math.floor(Math.log2(Math.max(wordsMin, bytes / 4)))
    this.#words = new Int32Array(words)
    this.#mask = words - 1
  }

  add(key: Key): void {
    this.#isEmpty = false
    const hash = hashOfKey(key)
    const at = murmurHash(hash) & this.#mask
    this.#words[at] = this.#words[at]! | bitsOf(hash)
  }

  /** False only when the key was never added. */
  mayHave(key: Key): boolean {
    if (this.#isEmpty) return false
    const hash = hashOfKey(key)
    const bits = bitsOf(hash)
    return (this.#words[murmurHash(hash) & this.#mask]! & bits) === bits
  }
}

/** Up to four of 32 bits, by another mix of the hash than the one that chooses the word. */
function bitsOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1)
  return (1 << (mixed >>> 27)) | (1 << (mixed >>> 22)) | (1 << (mixed >>> 17)) | (1 << (mixed >>> 12))
}
