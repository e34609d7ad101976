// Sets of rows against plain ones.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { noRow } from './integer-index.js'
import { RowBits } from './row-bits.js'

const rowsMax = 200
const row = fc.nat(rowsMax)

function bitsOf(rows: Iterable<number>): RowBits {
  const bits = new RowBits()
  for (const each of rows) bits.add(each)
  return bits
}

function rowsOf(bits: RowBits): readonly number[] {
  const rows: number[] = []
  for (let next = bits.next(0); next !== noRow; next = bits.next(next + 1)) rows.push(next)
  return rows
}

const sorted = (rows: Iterable<number>): readonly number[] => [...rows].toSorted((a, b) => a - b)

it('agree with a Set, whatever is added and deleted', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ row, isAdded: fc.boolean() }), { maxLength: 100 }), (steps) => {
      const bits = new RowBits()
      const model = new Set<number>()
      for (const step of steps) {
        if (step.isAdded) model.add(step.row)
        else model.delete(step.row)
        if (step.isAdded) bits.add(step.row)
        else bits.delete(step.row)
      }
      expect(rowsOf(bits)).toEqual(sorted(model))
      for (let each = 0; each <= rowsMax + 40; each++) expect(bits.has(each)).toBe(model.has(each))
    }),
  )
})

it('give the next row from any row on', () => {
  fc.assert(
    fc.property(fc.uniqueArray(row), row, (rows, from) => {
      expect(bitsOf(rows).next(from)).toBe(sorted(rows).find((each) => each >= from) ?? noRow)
    }),
  )
})

it('are united, and copied so that changes of one do not show in the other', () => {
  fc.assert(
    fc.property(fc.array(row), fc.array(row), (some, others) => {
      const bits = bitsOf(some)
      const copy = bits.copy()
      bits.addAll(bitsOf(others))
      expect(rowsOf(bits)).toEqual(sorted(new Set([...some, ...others])))
      expect(rowsOf(copy)).toEqual(sorted(new Set(some)))
    }),
  )
})
