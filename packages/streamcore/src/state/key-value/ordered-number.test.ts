// The order of numbers as text.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { orderedNumber } from './ordered-number.js'

it('keeps the order of numbers, and tells different ones apart', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
      const [left, right] = [orderedNumber(a), orderedNumber(b)]
      expect(left < right).toBe(a < b)
      expect(left === right).toBe(a === b)
    }),
    {
      examples: [
        [-0, 0],
        [Number.NEGATIVE_INFINITY, -1],
        [1, Number.POSITIVE_INFINITY],
        [-2, -1],
        [1, 2],
      ],
    },
  )
})
