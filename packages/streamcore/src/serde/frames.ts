/** Several byte strings in one: each is preceded by its length as an unsigned 32-bit little-endian number. */
import { StreamcoreError } from '../contracts/errors.js'

/** Joins byte strings. */
export function packFrames(frames: readonly Uint8Array[]): Uint8Array {
  const total = frames.reduce((sum, frame) => sum + 4 + frame.length, 0)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const frame of frames) {
    view.setUint32(at, frame.length, true)
    bytes.set(frame, at + 4)
    at += 4 + frame.length
  }
  return bytes
}

/** Takes {@link packFrames} apart; the frames are views. A length that lies is refused with `STREAMCORE_CHECKPOINT_CORRUPT`. */
export function unpackFrames(bytes: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : -1
    if (length < 0 || at + 4 + length > bytes.length) {
      throw new StreamcoreError(
        'STREAMCORE_CHECKPOINT_CORRUPT',
        `Expected a frame at byte ${at} of ${bytes.length}, got one that reaches beyond the end`,
      )
    }
    frames.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return frames
}
