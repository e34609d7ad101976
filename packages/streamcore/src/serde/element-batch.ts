/** Elements on their way to another thread: records with their times, and the events between them. */
import { decodeValue, encodeValue } from './value-codec.js'

/** An event and the record it comes before, by index; the number of records when it comes after all. */
export interface PlacedEvent {
  readonly before: number
  readonly event: unknown
}

/** A stretch of a channel. */
export interface Elements {
  readonly values: readonly unknown[]
  readonly timestampsMs: ArrayLike<number>
  readonly events: readonly PlacedEvent[]
}

/** The bytes of the elements behind `headerBytes` bytes for the caller. */
export function encodeElements(elements: Elements, headerBytes: number): Uint8Array {
  const encoded = encodeValue(elements, { what: 'a batch of records for another thread' })
  const bytes = new Uint8Array(headerBytes + encoded.length)
  bytes.set(encoded, headerBytes)
  return bytes
}

/** What {@link encodeElements} has encoded. */
export function decodeElements(bytes: Uint8Array, headerBytes: number): Elements {
  return decodeValue<Elements>(bytes.subarray(headerBytes))
}
