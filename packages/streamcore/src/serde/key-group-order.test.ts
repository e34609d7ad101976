/** Sorting rows by key group. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { orderByKeyGroup } from './key-group-order.js'

it('gives the rows by key group, and those of a group as they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 32_767 }), { maxLength: 2_000 }), (keyGroups) => {
      const expected = keyGroups.map((keyGroup, row) => ({ keyGroup, row }))
      expected.sort((a, b) => a.keyGroup - b.keyGroup || a.row - b.row)
      expect([...orderByKeyGroup(keyGroups)]).toEqual(expected.map(({ row }) => row))
    }),
  )
})
