// The index of rows against a Map, with keys that meet in one place, go and come back.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { MapKey } from '../contracts/key.js'
import { IntegerIndex, noRow } from './integer-index.js'
import { RowIndex } from './row-index.js'

/** What the upper bits of the hash are taken of, backwards: these fall into the same places of a small index. */
const crowdedInteger = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.integer({ min: 0, max: 40 }).map((n) => Math.imul(n, inverseOf(0x9e3779b1))),
  fc.constantFrom(2 ** 31 - 1, -(2 ** 31)),
)
const crowdedKey: fc.Arbitrary<MapKey> = fc.oneof(
  { weight: 3, arbitrary: crowdedInteger },
  fc.constantFrom(0.5, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY),
  fc.constantFrom('', '1', 'a', 1n, true, false),
)

/** The number whose product with an odd one is 1, in 32 bits. */
function inverseOf(odd: number): number {
  let inverse = odd
  for (let round = 0; round < 5; round++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}

it('agrees with a Map, whatever is added and removed', () => {
  fc.assert(
    fc.property(fc.array(crowdedKey, { maxLength: 300 }), (keys) => {
      const index = new RowIndex()
      const model = new Map<MapKey, number>()
      for (const [row, key] of keys.entries()) {
        if (model.delete(key)) index.delete(key)
        else {
          model.set(key, row)
          index.add(key, row)
        }
        expect(index.size).toBe(model.size)
        for (const each of keys) expect(index.get(each)).toBe(model.get(each) ?? noRow)
      }
    }),
  )
})

it('keeps every integer through growth and the removal of every other one', () => {
  const index = new IntegerIndex()
  const keys = Array.from({ length: 10_000 }, (_, n) => Math.imul(n, 0x85ebca6b))
  for (const [row, key] of keys.entries()) index.add(key, row)
  for (const [row, key] of keys.entries()) if (row % 2 === 0) index.delete(key)
  expect(index.size).toBe(5_000)
  for (const [row, key] of keys.entries()) expect(index.get(key)).toBe(row % 2 === 0 ? noRow : row)
})

it('takes -0 for 0, as a Map does', () => {
  const index = new RowIndex()
  index.add(-0, 7)
  expect(index.get(0)).toBe(7)
  index.delete(0)
  expect(index.get(-0)).toBe(noRow)
})

it('tells integers from the texts and bigints that look like them', () => {
  const index = new RowIndex()
  for (const [row, key] of [1, '1', 1n, true].entries()) index.add(key, row)
  expect([1, '1', 1n, true].map((key) => index.get(key))).toEqual([0, 1, 2, 3])
})

it('is empty after clear', () => {
  const index = new RowIndex()
  for (let key = 0; key < 1_000; key++) index.add(key, key)
  index.add('a', 2)
  index.clear()
  expect([index.size, index.get(1), index.get('a')]).toEqual([0, noRow, noRow])
  index.add(1, 5)
  expect(index.get(1)).toBe(5)
})
