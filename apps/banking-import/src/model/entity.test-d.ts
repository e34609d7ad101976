// What the compiler promises about models: columns are known by name, rows by type.
import { boolean, date, integer, text } from './column.js'
import { entity, type RowOf } from './entity.js'

const account = entity('account', {
  id: 'id',
  columns: { id: integer(), opened: date('YYMMDD'), note: text({ nullable: true }), closed: boolean() },
})

const row: RowOf<typeof account> = { id: 1, opened: '1993-01-01', note: null, closed: false }
const note: string | null = row.note
export const seen: readonly unknown[] = [row, note]

// @ts-expect-error an id is one of the columns
entity('a', { id: 'no', columns: { id: integer() } })

// @ts-expect-error a sequence is one of the columns
entity('a', { id: 'id', sequence: 'no', columns: { id: integer() } })

// @ts-expect-error the columns of a foreign key are columns
entity('a', { id: 'id', columns: { id: integer() }, foreignKeys: { up: { columns: ['no'], to: 'a' } } })

// @ts-expect-error a whole number is no text
export const wrong: RowOf<typeof account> = { id: '1', opened: '1993-01-01', note: null, closed: false }

// @ts-expect-error a column that is not nullable has a value
export const missing: RowOf<typeof account> = { id: 1, opened: null, note: null, closed: false }
