// Medians and spreads.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { median, spreadOf } from './statistics.js'

it('takes the middle of an odd count and the mean of the two middle ones of an even count', () => {
  expect(median([5, 1, 100])).toBe(5)
  expect(median([4, 1, 2, 100])).toBe(3)
})

it('sorts by size, not by text', () => {
  expect(spreadOf([9, 10, 100])).toEqual({ min: 9, median: 10, max: 100 })
})

it('refuses to make up a median of nothing', () => {
  expect(() => median([])).toThrow('at least one number')
})

it('has as many values below the median as above it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const middle = median(values)
      const below = values.filter((value) => value < middle).length
      const above = values.filter((value) => value > middle).length
      expect(below).toBeLessThanOrEqual(values.length / 2)
      expect(above).toBeLessThanOrEqual(values.length / 2)
    }),
  )
})
