/** What a value takes in memory, roughly and quickly. */

/** Elements of a long array or map that are looked at. */
const samplesMax = 16
/** Deeper values are taken to be small. */
const depthMax = 4

/** Bytes on the heap, within a factor of about two for usual data. */
export function roughBytes(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return 24 + value.length
    case 'bigint':
      return 32
    case 'object':
      return value === null ? 8 : bytesOfObject(value, depth)
    default:
      return 8
  }
}

function bytesOfObject(value: object, depth: number): number {
  if (depth >= depthMax) return 64
  if (Array.isArray(value)) return 32 + bytesOfArray(value, depth)
  if (value instanceof Map) {
    return 64 + bytesOfAll(value.keys(), value.size, depth) + bytesOfAll(value.values(), value.size, depth)
  }
  if (value instanceof Set) return 64 + bytesOfAll(value, value.size, depth)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 128 + value.byteLength
  const inner: readonly unknown[] = Object.values(value)
  return 32 + bytesOfArray(inner, depth)
}

function bytesOfArray(values: readonly unknown[], depth: number): number {
  if (values.length > samplesMax) return bytesOfAll(values, values.length, depth)
  let bytes = 0
  for (const value of values) bytes += 8 + roughBytes(value, depth + 1)
  return bytes
}

/** Of many the first ones stand for all. */
function bytesOfAll(values: Iterable<unknown>, count: number, depth: number): number {
  let bytes = 0
  let seen = 0
  for (const value of values) {
    if (seen === samplesMax) break
    bytes += 8 + roughBytes(value, depth + 1)
    seen++
  }
  return seen === 0 ? 0 : (bytes / seen) * count
}
