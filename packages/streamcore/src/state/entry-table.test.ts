// The table of entries: rows that go and come back, and what they keep while it grows.
import { expect, it } from 'vitest'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { EntryTable } from './entry-table.js'

it('gives the row of a removed key to the next one, empty', () => {
  const table = new EntryTable()
  const column = table.addColumn()
  const row = table.add('a')
  table.setKeyGroup(row, 5)
  table.write(row, column, 'content')
  expect(table.isEmpty(row)).toBe(false)
  table.remove(row)
  expect(table.add('b')).toBe(row)
  expect([table.keyAt(row), table.keyGroupAt(row)]).toEqual(['b', keyGroupOfKey('b')])
  expect([table.isEmpty(row), table.read(row, column)]).toEqual([true, undefined])
})

it('has no key in a row that is free', () => {
  const table = new EntryTable()
  const row = table.add('a')
  table.remove(row)
  expect(() => table.keyAt(row)).toThrow('a row that is looked at has a key')
})

it('keeps keys, key groups and cells through growth, also of columns that came late', () => {
  const table = new EntryTable()
  const columns = [table.addColumn()]
  table.add('first')
  columns.push(table.addColumn())
  for (let n = 1; n < 1_000; n++) {
    const row = table.add(n)
    table.setKeyGroup(row, 32_767 - n)
    for (const column of columns) table.write(row, column, n + column)
  }
  expect(table.isEmpty(0)).toBe(true)
  for (let row = 1; row < 1_000; row++) {
    expect([table.keyAt(row), table.keyGroupAt(row)]).toEqual([row, 32_767 - row])
    expect(columns.map((column) => table.read(row, column))).toEqual([row, row + 1])
  }
})
