/** Values of working state under a checksum: LevelDB does not verify its own when it reads, and hands flipped bits on. */
import { crc32 } from 'node:zlib'

const checksumBytes = 4

/** The value with a CRC-32 over key and value behind it. */
export function sealValue(key: string, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(value.length + checksumBytes)
  sealed.set(value)
  new DataView(sealed.buffer).setUint32(value.length, checksumOf(key, value), true)
  return sealed
}

/**
 * The value of {@link sealValue}.
 * @throws Error when key and value are not those that were sealed
 */
export function openValue(key: string, sealed: Uint8Array): Uint8Array {
  const length = sealed.length - checksumBytes
  if (length >= 0) {
    const value = sealed.subarray(0, length)
    const { buffer, byteOffset } = sealed
    if (new DataView(buffer, byteOffset).getUint32(length, true) === checksumOf(key, value)) return value
  }
  throw new Error(`the row ${key} is damaged: its checksum does not match`)
}

// The key is part of it: a row that stands under another name is no less wrong.
function checksumOf(key: string, value: Uint8Array): number {
  return crc32(value, crc32(key))
}
