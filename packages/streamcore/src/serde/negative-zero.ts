/** -0 inside values: msgpackr writes it as 0, so the rare values that hold one are copied with a mark in its place. */
import { addExtension } from 'msgpackr'

/** Stands for -0 in what is packed. */
class NegativeZero {}

const mark = new NegativeZero()

// Extensions are global in msgpackr; 0x2d (`-`) is ours. The class is private, so nothing else is ever written as it.
addExtension({ Class: NegativeZero, type: 0x2d, write: () => null, read: () => -0 })

/** A copy of a serialisable value in which every -0 is replaced by a mark that unpacks to -0. */
export function withMarkedNegativeZeros(value: unknown): unknown {
  if (value === 0) return Object.is(value, -0) ? mark : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withMarkedNegativeZeros)
  // Map and Set never hold -0 as a key or member.
  if (value instanceof Map) {
    return new Map(
      Array.from(value, ([key, inner]) => [withMarkedNegativeZeros(key), withMarkedNegativeZeros(inner)]),
    )
  }
  if (value instanceof Set) return new Set(Array.from(value, withMarkedNegativeZeros))
  if (value instanceof Date || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withMarkedNegativeZeros(inner)]),
  )
}
