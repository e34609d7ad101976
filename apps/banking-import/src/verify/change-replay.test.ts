// What a replay of changes notices.
import type { RowChange } from 'streamcore'
import { describe, expect, it } from 'vitest'
import { preconditions } from '../generate/precondition-plan.js'
import { ChangeReplay } from './change-replay.js'
import { compareRows } from './compare-target.js'

const customer: RowChange = upsert('customer', { id: 1, name: 'Ann' })
const account: RowChange = upsert('account', { id: 5, customerId: 1, iban: 'A' })

function upsert(table: string, row: RowChange['row'], version = 1): RowChange {
  return { kind: 'upsert', table, row, version, place: `${table}:2` }
}

function replayed(...changes: readonly RowChange[]) {
  const replay = new ChangeReplay(preconditions)
  for (const change of changes) replay.add(change)
  return replay.end()
}

describe('a replay', () => {
  it('finds nothing where parents come first and everything comes once', () => {
    const newer = upsert('customer', { id: 1, name: 'Anna' }, 2)
    const { rows, doubled, violations } = replayed(customer, account, newer)
    expect({ doubled, violations }).toEqual({ doubled: [], violations: 0 })
    expect(rows.get('customer:1')).toMatchObject({ name: 'Anna' })
  })

  it('finds what comes twice', () => {
    expect(replayed(customer, customer).doubled).toEqual([
      'customer:1 version 1 (upsert) was written 2 times',
    ])
  })

  it('finds a row before its parent, and one whose parent is gone in the end', () => {
    expect(replayed(account, customer).violations).toBe(1)
    const end: RowChange = { ...customer, kind: 'delete', version: 2 }
    expect(replayed(customer, account, end).violations).toBe(1)
  })
})

it('rows in memory are compared as those of a database are', () => {
  const { rows } = replayed(customer, account)
  const compare = (expected: typeof rows) => compareRows({ model: preconditions, expected, rows })
  expect(compare(rows)).toEqual({ rows: 2, differences: 0, examples: [] })
  const others = new Map([...rows, ['customer:2', { id: 2, name: 'Bea' }] as const])
  others.delete('account:5')
  expect(
    compare(others)
      .examples.map(({ kind }) => kind)
      .sort(),
  ).toEqual(['missing', 'unexpected'])
})
