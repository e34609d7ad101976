// Copies of records under other ids.
import { describe, expect, it } from 'vitest'
import { decimal, integer, text } from '../model/column.js'
import { entity } from '../model/entity.js'
import { model } from '../model/model.js'
import { modelGraph, nodeOf } from '../model/model-graph.js'
import { parsePartialRecord } from '../model/parse-record.js'
import { checkCopyable, copiedRecord } from './copied-record.js'

const branch = entity('branch', { id: 'code', columns: { code: text(), city: text() } })
const account = entity('account', {
  id: 'id',
  foreignKeys: { branch: 'branch', parent: 'account?' },
  columns: { id: integer(), branch: text(), parent: integer({ nullable: true }), amount: integer() },
})
const bank = model([branch, account])
const node = nodeOf(modelGraph(bank), 'account')

function parsed(cells: Readonly<Record<string, string>>) {
  const record = parsePartialRecord(node, { op: 'upsert', version: 1, cells }, 'account.csv:2')
  if (record.kind === 'refused') throw new TypeError(record.reason)
  return record
}

describe('copiedRecord', () => {
  it('moves ids and what they refer to, and nothing else', () => {
    const record = parsed({ id: '7', branch: 'B', parent: '3', amount: '5' })
    expect(copiedRecord(node, record, 2, 100)).toMatchObject({
      kind: 'upsert',
      key: 'account:207',
      references: ['branch:B~2', 'account:203'],
      row: { id: 207, branch: 'B~2', parent: 203, amount: 5 },
    })
  })

  it('leaves what refers to nothing alone, and copy 0 as it is', () => {
    const record = parsed({ id: '7', branch: 'B', parent: '', amount: '5' })
    expect(copiedRecord(node, record, 1, 100)).toMatchObject({ references: ['branch:B~1', null] })
    expect(copiedRecord(node, record, 0, 100)).toBe(record)
  })
})

describe('checkCopyable', () => {
  it('refuses ids that no number can be added to', () => {
    const odd = entity('odd', { id: 'amount', columns: { amount: decimal() } })
    expect(() => checkCopyable(bank)).not.toThrow()
    expect(() => checkCopyable(model([odd]))).toThrow(/column 'amount' is a decimal/)
  })
})
