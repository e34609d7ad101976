/** The key under which everything about one record is kept: `account:576`, composite `position:12|3`. */
import type { ColumnValue, Row } from 'streamcore'

/** Text of the form `entity:id`; ids of several columns are joined by `|`. */
export type RecordKey = string

/** The key of a record; undefined when a column of the id has no value. */
export function recordKey(entity: string, row: Row, idColumns: readonly string[]): RecordKey | undefined {
  let key = `${entity}:`
  for (let index = 0; index < idColumns.length; index += 1) {
    const value = row[idColumns[index] ?? '']
    if (value === undefined || value === null) return undefined
    key += index === 0 ? partOf(value) : `|${partOf(value)}`
  }
  return key
}

/** The entity of a key. */
export function entityOfKey(key: RecordKey): string {
  return key.slice(0, key.indexOf(':'))
}

/** The id of a key as text. */
export function idOfKey(key: RecordKey): string {
  return key.slice(key.indexOf(':') + 1)
}

// Texts are escaped, so that ('a|b', 'c') and ('a', 'b|c') stay two ids.
function partOf(value: NonNullable<ColumnValue>): string {
  if (typeof value !== 'string') return String(value)
  return value.includes('|') || value.includes('\\') ? value.replaceAll(/[\\|]/g, '\\$&') : value
}
