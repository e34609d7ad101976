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
  expect([table.isEmpty(row), table.read(row, column), table.rowCount]).toEqual([true, undefined, 1])
})

it('has no key in a row that is free', () => {
  const table = new EntryTable()
  const row = table.add('a')
  table.remove(row)
  expect(() => table.keyAt(row)).toThrow('a row that is looked at has a key')
})

it('keeps versions, key groups and cells through growth, also of columns that came late', () => {
  const table = new EntryTable()
  const columns = [table.addColumn()]
  table.add('first')
  columns.push(table.addColumn())
  for (let n = 1; n < 1_000; n++) {
    const row = table.add(n)
    table.setVersion(row, -n)
    table.setKeyGroup(row, 32_767 - n)
    for (const column of columns) table.write(row, column, n + column)
  }
  expect(table.isEmpty(0)).toBe(true)
  for (let row = 1; row < table.rowCount; row++) {
    expect([table.keyAt(row), table.versionOf(row), table.keyGroupAt(row)]).toEqual([row, -row, 32_767 - row])
    expect(columns.map((column) => table.read(row, column))).toEqual([row, row + 1])
  }
})
