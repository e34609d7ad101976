// Cells and records as they are delivered: what they become, and why some are refused.
import { describe, expect, it } from 'vitest'
import { boolean, type Column, date, decimal, integer, text, timestamp } from './column.js'
import { entity } from './entity.js'
import { model } from './model.js'
import { modelGraph, nodeOf } from './model-graph.js'
import { parseCell } from './parse-cell.js'
import { parsePartialRecord, parseRecord } from './parse-record.js'

describe('a cell', () => {
  const cases: readonly (readonly [Column, unknown, unknown])[] = [
    [integer(), '0576', 576],
    [integer(), -0, 0],
    [integer({ nullable: true, nullText: '?' }), '?', null],
    [decimal(), '8033.00', '8033.00'],
    [decimal(), 12.5, '12.5'],
    [text(), '', ''],
    [text({ nullable: true }), '', null],
    [text(), '-5 %', 'formula'],
    [text({ allowFormulas: true }), '=1+1', '=1+1'],
    [text(), '+49 (30) 1234-5', '+49 (30) 1234-5'],
    [date('YYMMDD'), '930101', '1993-01-01'],
    [date('YYMMDD'), '690101', '2069-01-01'],
    [date('DD.MM.YYYY'), '29.02.2000', '2000-02-29'],
    [timestamp('YYMMDD hh:mm:ss'), '931107 00:00:00', '1993-11-07 00:00:00'],
    [timestamp('YYYY-MM-DDThh:mm:ss'), '2024-12-31T23:59:59', '2024-12-31 23:59:59'],
    [boolean(), 'Yes', true],
    [boolean(), 0, false],
  ]

  it.each(cases)('%o reads %o as %o', (column, cell, expected) => {
    const parsed = parseCell(column, cell)
    if (expected === 'formula') expect(parsed.ok).toBe(false)
    else expect(parsed).toEqual({ ok: true, value: expected })
  })

  const refused: readonly (readonly [Column, unknown, string])[] = [
    [integer(), '12x', "expected a whole number, got '12x'"],
    [integer(), '', 'expected a whole number, got nothing'],
    [integer(), '99999999999999999999', "expected a whole number between ±2^53, got '99999999999999999999'"],
    [decimal(), '1,5', "expected a decimal number, got '1,5'"],
    [date('YYMMDD'), '930230', "expected a date as YYMMDD, got '930230'"],
    [date('YYYY-MM-DD'), '1900-02-29', "expected a date as YYYY-MM-DD, got '1900-02-29'"],
    [
      timestamp('YYMMDD hh:mm:ss'),
      '931107 24:00:00',
      "expected a date and time as YYMMDD hh:mm:ss, got '931107 24:00:00'",
    ],
    [text({ maxLength: 2 }), 'abc', 'expected at most 2 characters, got 3'],
    [text(), '=cmd()', "expected a text that no spreadsheet runs as a formula, got '=cmd()'"],
    [text(), { a: 1 }, 'expected a text, got {"a":1}'],
    [boolean(), 'maybe', "expected true or false, got 'maybe'"],
  ]

  it.each(refused)('%o refuses %o', (column, cell, reason) => {
    expect(parseCell(column, cell)).toEqual({ ok: false, reason })
  })
})

describe('a record', () => {
  const person = entity('person', { id: 'id', columns: { id: integer() } })
  const company = entity('company', { id: ['country', 'no'], columns: { country: text(), no: integer() } })
  const contract = entity('contract', {
    id: 'id',
    sequence: 'version',
    allowsPartial: true,
    operation: { column: 'op', deletes: ['D'] },
    columns: {
      id: integer(),
      version: integer(),
      kind: text({ nullable: true }),
      holder: integer({ nullable: true }),
      country: text({ nullable: true }),
      employer: integer({ nullable: true }),
    },
    foreignKeys: {
      holder: { by: { column: 'kind', cases: { P: 'person', C: 'contract' } }, optional: true },
      employer: { columns: ['country', 'employer'], to: 'company', optional: true },
    },
  })
  const node = nodeOf(modelGraph(model([person, company, contract])), 'contract')
  const cells = { id: '1', version: '3', kind: 'P', holder: '7', country: 'C|Z', employer: '9', op: 'U' }

  it('knows its key, its version and what it refers to, be it composite or decided by a column', () => {
    expect(parseRecord(node, { cells }, 'here')).toEqual({
      kind: 'upsert',
      key: 'contract:1',
      version: 3,
      row: { id: 1, version: 3, kind: 'P', holder: 7, country: 'C|Z', employer: 9 },
      references: ['person:7', 'company:C\\|Z|9'],
      place: 'here',
      inTarget: false,
    })
  })

  it('refers to nothing where a column of an optional key is missing', () => {
    expect(parseRecord(node, { cells: { ...cells, kind: '', country: '' } }, 'here')).toMatchObject({
      references: [null, null],
    })
  })

  it('deletes by its operation column, with id and version alone', () => {
    expect(parseRecord(node, { cells: { id: 1, version: 4, op: 'D' } }, 'here')).toEqual({
      kind: 'delete',
      key: 'contract:1',
      version: 4,
      row: { id: 1, version: 4 },
      place: 'here',
    })
  })

  it('keeps only what a partial record brings', () => {
    expect(
      parsePartialRecord(node, { isPartial: true, cells: { id: 1, version: 5, holder: 8 } }, 'here'),
    ).toMatchObject({
      kind: 'partial',
      row: { id: 1, version: 5, holder: 8 },
    })
  })

  it.each([
    [{ ...cells, kind: 'X' }, "foreign key 'holder': expected column 'kind' to be one of P, C, got 'X'"],
    [
      { ...cells, kind: '__proto__' },
      "foreign key 'holder': expected column 'kind' to be one of P, C, got '__proto__'",
    ],
    [{ ...cells, version: '0' }, "column 'version': expected a whole number above 0, got 0"],
    [{ ...cells, holder: 'x' }, "column 'holder': expected a whole number, got 'x'"],
    [{ ...cells, surprise: 1 }, "unknown column 'surprise'"],
    [JSON.parse('{"id":1,"version":1,"__proto__":{"x":1}}'), "unknown column '__proto__'"],
  ])('%o is refused', (wrong, reason) => {
    expect(parseRecord(node, { cells: wrong }, 'here')).toEqual({ kind: 'refused', reason })
  })
})
