/** A change of a row as a line of JSON, and back. */
import { type ColumnValue, type Row, type RowChange, StreamcoreError } from 'streamcore'

/** The line of a change, without its end. Whole numbers beyond the safe ones stand as text. */
export function jsonOfChange(change: RowChange): string {
  return JSON.stringify(change, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

/** The change of a line. @throws StreamcoreError `STREAMCORE_INPUT` */
export function changeOfJson(line: string): RowChange {
  const parsed: unknown = JSON.parse(line)
  if (isChange(parsed)) return parsed
  throw new StreamcoreError('STREAMCORE_INPUT', `Expected a change of a row, got ${line.slice(0, 200)}`)
}

function isChange(value: unknown): value is RowChange {
  if (typeof value !== 'object' || value === null) return false
  const { kind, table, row, version, place }: Partial<Record<keyof RowChange, unknown>> = value
  return (
    (kind === 'upsert' || kind === 'delete') &&
    typeof table === 'string' &&
    typeof version === 'number' &&
    typeof place === 'string' &&
    isRow(row)
  )
}

function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every(
    (each: unknown): each is ColumnValue =>
      each === null || ['string', 'number', 'boolean'].includes(typeof each),
  )
}
