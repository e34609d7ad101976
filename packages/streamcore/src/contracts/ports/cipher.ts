/** Authenticated encryption comes in through this port, because the core has no platform import. */
export interface Cipher {
  /** Encrypts with the newest key. Only {@link Cipher.open} with the same context gives the bytes back. */
  seal(plain: Uint8Array, context: string): Promise<Uint8Array>
  /**
   * What was sealed; fails when one bit of it, or of the context, is another, and when its key is not there.
   * @throws StreamcoreError `STREAMCORE_CHECKPOINT_CORRUPT`, `STREAMCORE_CONFIG` for a missing key
   */
  open(sealed: Uint8Array, context: string): Promise<Uint8Array>
  /** The id of the key that sealed these bytes; fails with `STREAMCORE_CHECKPOINT_CORRUPT` when they are not sealed. */
  keyIdOf(sealed: Uint8Array): string
}
