/** Cryptographic digests come in through this port, because the core has no platform import. */
export interface Digest {
  /** SHA-256 as 64 lower-case hexadecimal digits. */
  sha256(bytes: Uint8Array): string
}
