// Numbers and digests of rows, and changes as lines.
import { describe, expect, it } from 'vitest'
import { integer, text } from '../model/column.js'
import { changeOfJson, jsonOfChange } from './change-lines.js'
import { noTally, TallyCounter, tallySum } from './row-tally.js'

const columns = { columns: { id: integer(), name: text({ nullable: true }) }, versionColumn: 'version' }

function tallyOf(...rows: readonly Readonly<Record<string, string | number | null>>[]) {
  const counter = new TallyCounter(columns)
  for (const row of rows) counter.add('upsert', row)
  return counter.take()
}

describe('a tally', () => {
  const ann = { id: 1, name: 'Ann', version: 1 }
  const bea = { id: 2, name: 'Bea', version: 1 }

  it('depends neither on the order of rows nor on that of their columns, nor on where they were counted', () => {
    const both = tallyOf(ann, bea)
    expect(tallyOf(bea, { version: 1, name: 'Ann', id: 1 })).toEqual(both)
    expect(tallySum(tallySum(noTally, tallyOf(ann)), tallyOf(bea))).toEqual(both)
  })

  it('differs when a row is another one, comes twice, is deleted, or loses a value', () => {
    const { sums } = tallyOf(ann, bea)
    const others = [
      tallyOf(ann, { ...bea, name: 'Bee' }),
      tallyOf(ann, ann),
      tallyOf(ann, { ...bea, id: '2' }),
      tallyOf(ann, { ...bea, name: null }),
      tallyOf({ ...ann, name: 'Bea' }, { ...bea, name: 'Ann' }),
    ]
    for (const other of others) expect(other.sums).not.toEqual(sums)
    const counter = new TallyCounter(columns)
    counter.add('delete', ann)
    expect(counter.take()).toMatchObject({ upserts: 0, deletes: 1 })
    expect(counter.take()).toEqual(noTally)
  })
})

describe('a line of a change', () => {
  it('is read as it was written', () => {
    const change = {
      kind: 'upsert',
      table: 't',
      row: { id: 1, name: null },
      version: 3,
      place: 'a:2',
    } as const
    expect(changeOfJson(jsonOfChange(change))).toEqual(change)
  })

  it.each(['{}', '[]', '{"kind":"upsert","table":"t","version":1,"place":"","row":{"a":[]}}'])(
    'is refused where it is none: %s',
    (line) => expect(() => changeOfJson(line)).toThrow(/Expected a change/),
  )
})
