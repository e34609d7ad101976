/** The first line of a CSV file: which column holds what. */
import { messageOf, type OpenFile } from 'streamcore'
import type { CsvFormat } from './csv-format.js'
import { type FilePosition, rawText } from '../input-block.js'

/** What a source expects of the header; undefined columns mean that whatever stands there is taken. */
export interface HeaderExpectation {
  readonly hasHeader: boolean
  readonly columns: readonly string[] | undefined
}

/** The columns of a file and where its records begin, or why it cannot be read. */
export type CsvHeader =
  | { readonly kind: 'columns'; readonly columns: readonly string[]; readonly start: FilePosition }
  | { readonly kind: 'broken'; readonly reason: string; readonly raw: string }

const byteOrderMark = [0xef, 0xbb, 0xbf]

/** Reads the header of a file, or takes the expected columns when it has none. */
export async function readCsvHeader(
  file: OpenFile,
  format: CsvFormat,
  expected: HeaderExpectation,
): Promise<CsvHeader> {
  const bytes = await file.read(0, format.maxRecordBytes + byteOrderMark.length + 2)
  const first = byteOrderMark.every((byte, index) => bytes[index] === byte) ? byteOrderMark.length : 0
  if (!expected.hasHeader) {
    return { kind: 'columns', columns: expected.columns ?? [], start: { byte: first, line: 1 } }
  }
  const raw = rawText(bytes, first, bytes.length)
  const broken = (reason: string): CsvHeader => ({ kind: 'broken', reason, raw })
  const { records, failure } = format.cut(bytes.subarray(first), 1)
  const [header] = records
  if (!header) return broken(failure?.reason ?? 'Expected a header line, got an empty file')
  try {
    const columns = header.fields.map((field) => format.decode(field).trim())
    checkColumns(columns, expected.columns)
    return {
      kind: 'columns',
      columns,
      start: { byte: first + header.endByte, line: lineAfter(bytes, first + header.endByte) },
    }
  } catch (error) {
    return broken(`Expected a header of column names, got ${messageOf(error)}`)
  }
}

function checkColumns(columns: readonly string[], expected: readonly string[] | undefined): void {
  const unique = new Set<string>()
  for (const column of columns) {
    // Such a name would reach into the prototype of every record.
    if (column in Object.prototype) throw new RangeError(`the forbidden column '${column}'`)
    if (unique.has(column)) throw new RangeError(`the column '${column}' twice`)
    unique.add(column)
  }
  if (!expected) return
  const missing = expected.filter((column) => !unique.has(column))
  if (missing.length > 0) throw new RangeError(`no column ${missing.map(quoted).join(', ')}`)
  const unknown = columns.filter((column) => !expected.includes(column))
  if (unknown.length > 0) throw new RangeError(`the unknown column ${unknown.map(quoted).join(', ')}`)
}

function quoted(name: string): string {
  return `'${name}'`
}

function lineAfter(bytes: Uint8Array, end: number): number {
  return 1 + bytes.subarray(0, end).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0)
}
