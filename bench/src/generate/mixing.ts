/** The arithmetic all generators share: 32-bit mixing and the constants every engine agrees on. */

/** Mixed into each record's number, so that record 0 is not all zeros. */
export const seed = 0x9e3779b9

/** Event time of record 0. */
export const baseMs = 1_700_000_000_000

/** Spreads the bits of an integer over 32 bits (the finaliser of MurmurHash3). */
export function mix(value: number): number {
  let hash = value
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** A number from 0 to `count` - 1, chosen by a hash. */
export function pick(hash: number, count: number): number {
  return (hash >>> 1) % count
}
