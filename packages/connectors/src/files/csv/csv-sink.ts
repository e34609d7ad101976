/** Writes CSV files, exactly once, safe to open in a spreadsheet. */
import type { TwoPhaseCommitSink } from 'streamcore'
import { type LinesSinkPlace, linesSink } from '../lines-sink.js'

/** A field that CSV can hold. */
export type CsvValue = string | number | bigint | boolean | null | undefined

/** Which columns are written, and what stands in them. */
export interface CsvSinkOptions<T> extends LinesSinkPlace {
  readonly columns: readonly string[]
  readonly row: (value: T) => Readonly<Record<string, CsvValue>>
  /** One character; `,` by default. */
  readonly delimiter?: string
}

/** Files `part-<checkpoint>.csv` with a header, one per checkpoint that has records. */
export function csvSink<T>(options: CsvSinkOptions<T>): TwoPhaseCommitSink<T, string> {
  const { columns, row, delimiter = ',' } = options
  const join = (values: readonly CsvValue[]) =>
    values.map((value) => csvField(value, delimiter)).join(delimiter)
  const lineOf = (value: T) => {
    const fields = row(value)
    return join(columns.map((column) => fields[column]))
  }
  return linesSink(options, { kind: 'csv', ending: '.csv', header: join(columns), lineOf })
}

const formulaStart = /^[=+\-@\t\r]/
const plainNumber = /^[+-]?\d+(\.\d+)?$/

/** One field of a line. Text that a spreadsheet would run as a formula gets an apostrophe in front; signed numbers stay. */
export function csvField(value: CsvValue, delimiter: string): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  const isFormula = typeof value === 'string' && formulaStart.test(text) && !plainNumber.test(text)
  const safe = isFormula ? `'${text}` : text
  const needsQuotes = /["\r\n]/.test(safe) || safe.includes(delimiter) || safe.trim() !== safe
  return needsQuotes ? `"${safe.replaceAll('"', '""')}"` : safe
}
