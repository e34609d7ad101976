/** A sink's committables as pieces of a checkpoint and back. */
import { decodeValue, encodeValue } from './value-codec.js'

/** Committables in one piece; bounded so that no piece becomes huge. */
const committablesPerPiece = 2_000

/** Encodes committables in order. */
export function encodeCommittables(uid: string, committables: readonly unknown[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let start = 0; start < committables.length; start += committablesPerPiece) {
    const part = committables.slice(start, start + committablesPerPiece)
    pieces.push(encodeValue(part, { what: 'the output of a sink', uid }))
  }
  return pieces
}

/** The committables of one piece. */
export function decodeCommittables(bytes: Uint8Array): readonly unknown[] {
  return decodeValue<readonly unknown[]>(bytes)
}
