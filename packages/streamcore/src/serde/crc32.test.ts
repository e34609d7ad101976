/** CRC-32 against published check values and the platform's own. */
import { crc32 as platformCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { crc32 } from './crc32.js'

it('gives the published check value', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  expect(crc32(new Uint8Array())).toBe(0)
})

it('agrees with the platform for any bytes and range', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (bytes, start) => {
      const end = Math.max(start, bytes.length - 3)
      return crc32(bytes, start, Math.min(end, bytes.length)) === platformCrc32(bytes.subarray(start, end))
    }),
  )
})
