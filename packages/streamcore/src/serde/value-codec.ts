/** Values to bytes and back: msgpackr with inline records, every encoded unit readable by itself. */
import { Packr, RESET_BUFFER_MODE } from 'msgpackr'
import { messageOf, StreamcoreError } from '../contracts/errors.js'
import { withMarkedNegativeZeros } from './negative-zero.js'
import { assertSerializable, inspectValue, type ValuePlace, verdict } from './serializable.js'

// `useRecords` without shared structures writes each record's shape into the same unit, and keeps Map apart from objects.
const packr = new Packr({ useRecords: true, moreTypes: true, useToJSON: false, copyBuffers: true })

/**
 * The bytes of a value. Everything {@link assertSerializable} accepts comes back equal, except that a Buffer becomes a
 * Uint8Array, an object without prototype a plain one, and a hole of an array undefined.
 * @throws StreamcoreError `STREAMCORE_SERIALIZATION` naming place, path and type
 */
export function encodeValue(value: unknown, place: ValuePlace): Uint8Array {
  const found = inspectValue(value)
  if (found === verdict.refused) assertSerializable(value, place)
  return packPlain(found === verdict.negativeZero ? withMarkedNegativeZeros(value) : value).slice()
}

/** The value of bytes made by {@link encodeValue}; fails with `STREAMCORE_SERIALIZATION` when they are damaged. */
export function decodeValue<T>(bytes: Uint8Array): T {
  try {
    return unpack(bytes) as T // The bytes were written from a T.
  } catch (error) {
    const message = `Expected ${bytes.length} bytes of a stored value, got something else: ${messageOf(error)}`
    throw new StreamcoreError('STREAMCORE_SERIALIZATION', message, { cause: error })
  }
}

/** A deep copy, for values that their owner goes on changing. */
export function cloneValue<T>(value: T, place: ValuePlace): T {
  return typeof value === 'object' && value !== null ? decodeValue<T>(encodeValue(value, place)) : value
}

/** Packs a value that was inspected before. The result is only valid until the next call. */
export function packPlain(value: unknown): Uint8Array {
  const packed = packr.pack(value, RESET_BUFFER_MODE)
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength)
}

/** Unpacks one unit; throws whatever msgpackr throws when the bytes are no such unit. */
export function unpack(bytes: Uint8Array): unknown {
  // A fresh view, because msgpackr keeps a DataView on the array it is given.
  return packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}
