/** Digests by Node's OpenSSL. */
import { createHash } from 'node:crypto'
import type { Digest } from '../contracts/ports/digest.js'

/** The digest of production. */
export const nodeDigest: Digest = {
  sha256: (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex'),
}
