/**
 * Canonical key bytes, and the hash and key group that follow from them. They are part of every checkpoint's layout and
 * are pinned by `golden/key-groups.json`: they never change.
 *
 *     string    01, its UTF-8 bytes (a lone surrogate as its own three bytes), FF
 *     number    02, its 8 IEEE 754 bytes, most significant first; -0 is written as 0, NaN is refused
 *     bigint    03, its decimal digits in ASCII (with `-` in front), FF
 *     boolean   04, 00 or 01
 *     tuple     05, the bytes of each element, FE
 *
 * No two different keys have the same bytes: the first byte tells the type, FF and FE never occur inside UTF-8 or digits,
 * and no element begins with FE.
 */
import { type Key, refuseKey } from '../contracts/key.js'
import { keyGroupOfHash } from '../contracts/key-groups.js'

const tagString = 1
const tagNumber = 2
const tagBigint = 3
const tagBoolean = 4
const tagTuple = 5
const endOfTuple = 0xfe
const endOfText = 0xff

const fnvOffset = 0x811c9dc5 | 0
const fnvPrime = 0x01000193

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)
// Which byte of a float64 is the most significant depends on the machine; the format does not.
const isLittleEndian = new Uint8Array(new Float64Array([-2]).buffer)[7] === 0xc0

/** FNV-1a (32 bits, signed) of the canonical bytes. Allocates nothing for strings, numbers and booleans. */
export function hashOfKey(key: Key): number {
  return hashInto(fnvOffset, key)
}

/** The key group of a key. */
export function keyGroupOfKey(key: Key): number {
  return keyGroupOfHash(hashInto(fnvOffset, key))
}

/** The canonical bytes themselves, as specified above. */
export function keyBytes(key: Key): Uint8Array {
  const bytes: number[] = []
  appendKey(bytes, key)
  return Uint8Array.from(bytes)
}

function hashInto(hash: number, key: Key): number {
  switch (typeof key) {
    case 'string':
      return step(hashText(step(hash, tagString), key), endOfText)
    case 'number':
      return hashNumber(step(hash, tagNumber), key)
    case 'bigint':
      return step(hashText(step(hash, tagBigint), key.toString()), endOfText)
    case 'boolean':
      return step(step(hash, tagBoolean), key ? 1 : 0)
    default: {
      if (!Array.isArray(key)) return refuseKey(key)
      let tupleHash = step(hash, tagTuple)
      for (const element of key) tupleHash = hashInto(tupleHash, element)
      return step(tupleHash, endOfTuple)
    }
  }
}

function step(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, fnvPrime)
}

function hashText(start: number, text: string): number {
  let hash = start
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) {
      hash = Math.imul(hash ^ unit, fnvPrime)
    } else if (unit < 0x800) {
      hash = step(step(hash, 0xc0 | (unit >> 6)), 0x80 | (unit & 0x3f))
    } else {
      const point = text.codePointAt(index) ?? unit
      if (point > 0xffff) {
        index++
        hash = step(step(hash, 0xf0 | (point >> 18)), 0x80 | ((point >> 12) & 0x3f))
      } else {
        hash = step(hash, 0xe0 | (point >> 12))
      }
      hash = step(step(hash, 0x80 | ((point >> 6) & 0x3f)), 0x80 | (point & 0x3f))
    }
  }
  return hash
}

function hashNumber(start: number, value: number): number {
  writeFloat(value)
  let hash = start
  if (isLittleEndian) {
    for (let index = 7; index >= 0; index--) hash = step(hash, floatBytes[index]!)
  } else {
    for (let index = 0; index < 8; index++) hash = step(hash, floatBytes[index]!)
  }
  return hash
}

function writeFloat(value: number): void {
  if (value !== value) refuseKey(value)
  // Adding 0 turns -0 into 0 and changes no other number.
  float[0] = value + 0
}

function appendKey(bytes: number[], key: Key): void {
  switch (typeof key) {
    case 'string':
      bytes.push(tagString)
      appendText(bytes, key)
      return
    case 'number':
      writeFloat(key)
      bytes.push(tagNumber, ...(isLittleEndian ? floatBytes.slice().reverse() : floatBytes))
      return
    case 'bigint':
      bytes.push(tagBigint)
      appendText(bytes, key.toString())
      return
    case 'boolean':
      bytes.push(tagBoolean, key ? 1 : 0)
      return
    default:
      if (!Array.isArray(key)) refuseKey(key)
      bytes.push(tagTuple)
      for (const element of key) appendKey(bytes, element)
      bytes.push(endOfTuple)
  }
}

function appendText(bytes: number[], text: string): void {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    if (point < 0x80) {
      bytes.push(point)
    } else if (point < 0x800) {
      bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f))
    } else if (point < 0x10000) {
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
    } else {
      bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), 0x80 | ((point >> 6) & 0x3f))
      bytes.push(0x80 | (point & 0x3f))
    }
  }
  bytes.push(endOfText)
}
