// What stored values look like as JSON.
import { describe, expect, it } from 'vitest'
import { jsonNotation } from './json-notation.js'

describe('jsonNotation', () => {
  it.each<[unknown, unknown]>([
    [{ a: [1, 'x', true, null] }, { a: [1, 'x', true, null] }],
    [7n, { $bigint: '7' }],
    [Number.NaN, { $number: 'NaN' }],
    [-0, { $number: '-0' }],
    [undefined, { $undefined: true }],
    [new Date(0), { $date: '1970-01-01T00:00:00.000Z' }],
    [new Map([[1, new Set(['a'])]]), { $map: [[1, { $set: ['a'] }]] }],
    [new Uint8Array([1, 2, 255]), { $bytes: 'AQL/' }],
    [{ $bigint: '7' }, { $object: [['$bigint', '7']] }],
  ])('writes %s so that nothing is taken for something else', (value, expected) => {
    expect(jsonNotation(value)).toEqual(expected)
  })
})
