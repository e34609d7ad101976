/** How a CSV file is written: delimiter, quote, encoding, and the limits that keep a broken file from filling the memory. */
import { CsvError, parse } from 'csv-parse/sync'
import { messageOf, StreamcoreError } from 'streamcore'
import { encodeAsBytes, type FieldDecoder, fieldDecoder } from './field-decoder.js'

/** Options of the format; the defaults are RFC 4180 in UTF-8. */
export interface CsvFormatOptions {
  /** One character; `,` by default. */
  readonly delimiter?: string
  /** One character, or null for files without quoting; `"` by default. It is escaped by doubling. */
  readonly quote?: string | null
  /** `utf-8` by default; or a one-byte encoding such as `windows-1250`, `windows-1252` or `latin1`. */
  readonly encoding?: string
  /** Larger records are rejected; 256 KiB by default. */
  readonly maxRecordBytes?: number
}

/** A record as it was cut: fields as bytes (one character each), and where it ends. */
export interface CutRecord {
  readonly fields: readonly string[]
  readonly endByte: number
}

/** What was cut of some bytes. */
export interface CutRecords {
  readonly records: readonly CutRecord[]
  /** Why what follows the last record is none. */
  readonly failure: { readonly reason: string; readonly isQuoteOpen: boolean } | undefined
}

const maxRecordBytesDefault = 256 * 1024

/** A checked format. */
export class CsvFormat {
  readonly decode: FieldDecoder
  readonly maxRecordBytes: number
  readonly #delimiter: string
  readonly #quote: string | null

  /** @throws StreamcoreError `STREAMCORE_CONFIG` naming the option */
  constructor({ delimiter = ',', quote = '"', encoding = 'utf-8', maxRecordBytes }: CsvFormatOptions) {
    this.decode = fieldDecoder(encoding)
    this.maxRecordBytes = maxRecordBytes ?? maxRecordBytesDefault
    this.#delimiter = checkCharacter('delimiter', delimiter, encoding)
    this.#quote = quote === null ? null : checkCharacter('quote', quote, encoding)
    if (this.#delimiter === this.#quote) throw refusal('delimiter', 'to differ from the quote', delimiter)
    if (!Number.isInteger(this.maxRecordBytes) || this.maxRecordBytes < 1) {
      throw refusal('maxRecordBytes', 'to be a positive integer', String(maxRecordBytes))
    }
  }

  /** Cuts bytes into records up to the first that is broken. Empty lines are left out. */
  cut(bytes: Uint8Array, recordsMax = -1): CutRecords {
    const records: CutRecord[] = []
    try {
      parse(bytes, {
        delimiter: this.#delimiter,
        quote: this.#quote,
        escape: this.#quote,
        record_delimiter: ['\r\n', '\n'],
        // Bytes stand for themselves: fields are decoded later, each on its own.
        encoding: 'latin1',
        relax_column_count: true,
        skip_empty_lines: true,
        to: recordsMax,
        on_record: (fields: string[], { bytes: endByte }) => {
          records.push({ fields, endByte })
          return null
        },
      })
      return { records, failure: undefined }
    } catch (error) {
      if (!(error instanceof CsvError)) throw error
      return {
        records,
        failure: { reason: reasonOf(error), isQuoteOpen: error.code === 'CSV_QUOTE_NOT_CLOSED' },
      }
    }
  }
}

// The parser counts lines from the start of its block, which would contradict the place.
function reasonOf(error: unknown): string {
  return messageOf(error).replaceAll(/ (at|on) line \d+/g, '')
}

function checkCharacter(option: string, value: string, encoding: string): string {
  const isCharacter = value.length === 1 && value !== '\r' && value !== '\n'
  const bytes = isCharacter ? encodeAsBytes(value, encoding) : ''
  if (bytes === '' || (bytes === '?' && value !== '?')) {
    throw refusal(option, `to be one character of ${encoding}, not a line end`, JSON.stringify(value))
  }
  return bytes
}

function refusal(option: string, expected: string, got: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected \`${option}\` of the CSV source ${expected}, got ${got}`,
    {
      details: { config: option },
    },
  )
}
