/** Bytes of a stored record: flags, timestamp, key length, key, value. The offset stands in its key. */
import { type LogAppend, type LogRecord, StreamcoreError } from 'streamcore'

const hasKey = 1
const hasValue = 2
const headerBytes = 13

/** Encodes a record into bytes of its own. */
export function encodeRecord({ key, value, timestampMs }: LogAppend): Uint8Array {
  const keyLength = key?.length ?? 0
  const bytes = new Uint8Array(headerBytes + keyLength + (value?.length ?? 0))
  const view = new DataView(bytes.buffer)
  view.setUint8(0, (key ? hasKey : 0) | (value ? hasValue : 0))
  view.setFloat64(1, timestampMs)
  view.setUint32(9, keyLength)
  if (key) bytes.set(key, headerBytes)
  if (value) bytes.set(value, headerBytes + keyLength)
  return bytes
}

/** Decodes a record; its key and value are views of `bytes`. `place` names it when the bytes make no sense. */
export function decodeRecord(bytes: Uint8Array, offset: number, place: () => string): LogRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const valueStart = bytes.length < headerBytes ? Number.NaN : headerBytes + view.getUint32(9)
  if (!(valueStart <= bytes.length)) {
    throw new StreamcoreError(
      'STREAMCORE_INPUT',
      `Expected a whole record at ${place()}, got ${bytes.length} damaged bytes`,
    )
  }
  const flags = view.getUint8(0)
  return {
    offset,
    key: flags & hasKey ? bytes.subarray(headerBytes, valueStart) : undefined,
    value: flags & hasValue ? bytes.subarray(valueStart) : undefined,
    timestampMs: view.getFloat64(1),
  }
}
