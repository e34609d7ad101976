// A dead letter can be kept in every checkpoint, whatever its record was.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeValue } from '../serde/value-codec.js'
import { valueText } from './value-text.js'

it('is bounded text without halves of characters', () => {
  const long = fc.string({ unit: 'binary', minLength: 2_000, maxLength: 6_000, size: 'max' })
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), long), (value) => {
      const text = valueText(value)
      expect(text.length).toBeLessThanOrEqual(4_096)
      expect(() => encodeValue(text, { what: 'a dead letter', uid: 'test' })).not.toThrow()
    }),
  )
})

it('does not cut through a character', () => {
  const text = valueText(`a${'😀'.repeat(3_000)}`)
  expect(text).toHaveLength(4_096)
  expect(text.at(-1)).toBe('\ufffd')
})
