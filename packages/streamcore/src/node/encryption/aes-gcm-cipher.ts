/**
 * AES-256-GCM over chunks of at most 1 MiB:
 *
 *     0   "SCEN"
 *     4   format version, 1 byte
 *     5   length of the key's id, 1 byte; the id in UTF-8
 *     ..  chunks: a random 96-bit IV, the encrypted bytes, a 128-bit tag
 *
 * Every chunk authenticates the header, the context, its number and whether it is the last one. All chunks but the last are
 * full, so that nothing can be cut off, left out, repeated or moved.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { StreamcoreError, TerminalError } from '../../contracts/errors.js'
import type { Cipher } from '../../contracts/ports/cipher.js'
import type { KeyRing } from './key-ring.js'

const algorithm = 'aes-256-gcm'
const magic = Buffer.from('SCEN')
const formatVersion = 1
const ivBytes = 12
const tagBytes = 16
const chunkBytes = 1_024 * 1_024

/** Encrypts with the newest key of a ring and decrypts with whichever one did. */
export function aesGcmCipher(keys: KeyRing): Cipher {
  return {
    seal: async (plain, context) => {
      const { id, bytes } = await keys.newest()
      const header = Buffer.concat([magic, Buffer.from([formatVersion, id.length]), Buffer.from(id)])
      const pieces: Uint8Array[] = [header]
      for (let index = 0; index === 0 || index * chunkBytes < plain.length; index++) {
        const chunk = plain.subarray(index * chunkBytes, (index + 1) * chunkBytes)
        const isLast = (index + 1) * chunkBytes >= plain.length
        const iv = randomBytes(ivBytes)
        const cipher = createCipheriv(algorithm, bytes, iv, { authTagLength: tagBytes })
        cipher.setAAD(associatedData(header, context, { index, isLast }))
        pieces.push(iv, cipher.update(chunk), cipher.final(), cipher.getAuthTag())
      }
      return joined(pieces)
    },
    open: async (sealed, context) => {
      const { keyId, header } = headerOf(sealed)
      const key = await keys.find(keyId)
      if (key === undefined) throw missingKey(keyId)
      const body = sealed.subarray(header.length)
      const sealedChunkBytes = ivBytes + chunkBytes + tagBytes
      const pieces: Uint8Array[] = []
      for (let index = 0; index === 0 || index * sealedChunkBytes < body.length; index++) {
        const chunk = body.subarray(index * sealedChunkBytes, (index + 1) * sealedChunkBytes)
        const isLast = (index + 1) * sealedChunkBytes >= body.length
        pieces.push(openChunk(chunk, key.bytes, associatedData(header, context, { index, isLast })))
      }
      return joined(pieces)
    },
    keyIdOf: (sealed) => headerOf(sealed).keyId,
  }
}

/** A plain array: a Buffer is one too, but compares as something else. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.concat(pieces)
  return new Uint8Array(buffer, byteOffset, length)
}

function openChunk(chunk: Uint8Array, key: Uint8Array, data: Uint8Array): Uint8Array {
  if (chunk.length < ivBytes + tagBytes) throw refused('it is cut off')
  const end = chunk.length - tagBytes
  const decipher = createDecipheriv(algorithm, key, chunk.subarray(0, ivBytes), { authTagLength: tagBytes })
  decipher.setAAD(data)
  decipher.setAuthTag(chunk.subarray(end))
  try {
    return Buffer.concat([decipher.update(chunk.subarray(ivBytes, end)), decipher.final()])
  } catch (error) {
    throw refused('it was changed, belongs elsewhere, or its key has the right name and other bytes', error)
  }
}

function headerOf(sealed: Uint8Array): { readonly keyId: string; readonly header: Uint8Array } {
  const idEnd = 6 + (sealed[5] ?? 0)
  if (
    Buffer.compare(sealed.subarray(0, 4), magic) !== 0 ||
    sealed[4] !== formatVersion ||
    sealed.length < idEnd
  )
    throw refused('it does not begin as encrypted bytes do')
  const header = sealed.subarray(0, idEnd)
  return { header, keyId: Buffer.from(header.subarray(6)).toString('utf8') }
}

function associatedData(
  header: Uint8Array,
  context: string,
  { index, isLast }: { readonly index: number; readonly isLast: boolean },
): Uint8Array {
  return Buffer.concat([header, Buffer.from(JSON.stringify([context, index, isLast]))])
}

function missingKey(keyId: string): TerminalError {
  return new TerminalError(
    'STREAMCORE_CONFIG',
    `Expected the key ring to hold the key '${keyId}', which has encrypted a checkpoint, got none of this name; add it again`,
    { details: { config: 'keys' } },
  )
}

function refused(reason: string, cause?: unknown): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CHECKPOINT_CORRUPT',
    `Expected encrypted bytes of a checkpoint, but ${reason}; restore another checkpoint`,
    { cause },
  )
}
