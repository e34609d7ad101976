/** Cuts blocks of a CSV file into records and turns what is broken into rejected input, line by line. */
import { messageOf } from 'streamcore'
import type { CsvFormat, CutRecord } from './csv-format.js'
import { hasHighBytes } from './field-decoder.js'
import { describeFilePlace, type FilePlace } from '../file-place.js'
import {
  type BlockBuilder,
  type BlockParser,
  blockBuilder,
  countLines,
  type FilePosition,
  type InputBlock,
  nextLine,
  type ParsedBlock,
  rawText,
} from '../input-block.js'

/** A record of a CSV file: column name → text. */
export type CsvRecord = Readonly<Record<string, string>>

/** Turns the texts of a record into T; what it throws rejects the record. A `Schema<T>` is one. */
export interface CsvSchema<T> {
  parse(record: CsvRecord, place: FilePlace): T
}

/** What the parser has to know of a file. */
export interface CsvBlockParserOptions<T> {
  readonly path: string
  readonly format: CsvFormat
  readonly columns: readonly string[]
  readonly schema: CsvSchema<T>
}

const carriageReturn = 13
const newline = 10

/** The parser of one file. */
export class CsvBlockParser<T> implements BlockParser<T> {
  readonly #options: CsvBlockParserOptions<T>

  constructor(options: CsvBlockParserOptions<T>) {
    this.#options = options
  }

  parse(block: InputBlock): ParsedBlock<T> {
    const built = blockBuilder<T>()
    const needsDecoding = hasHighBytes(block.bytes)
    // What follows the last line end goes on in the next block: even `"\r` may be the half of a line end behind a quote.
    const length = block.isLast ? block.bytes.length : block.bytes.lastIndexOf(newline) + 1
    let from = block.start
    for (;;) {
      const offset = from.byte - block.start.byte
      const { records, failure } = this.#options.format.cut(block.bytes.subarray(offset, length))
      let isTooLarge = false
      for (const record of records) {
        const end = record.endByte + offset
        isTooLarge = block.start.byte + end - from.byte > this.#options.format.maxRecordBytes + 2
        if (isTooLarge) break
        from = this.#take({ block, built, from, record, end, needsDecoding })
      }
      const isCutOff = failure?.isQuoteOpen && !block.isLast
      isTooLarge ||= from.byte === block.start.byte && block.isFull && !block.isLast
      if ((!failure || isCutOff) && !isTooLarge)
        return { ...built, end: block.isLast ? endOf(block, from) : from }
      from = this.#rejectLine(block, built, from, isTooLarge ? this.#tooLarge() : (failure?.reason ?? ''))
      if (from.isSkipping) return { ...built, end: from }
    }
  }

  #take(cut: CutPlace<T>): FilePosition {
    const { block, built, from, end } = cut
    const start = skipEmptyLines(block, from)
    const after = block.start.byte + end
    const next = {
      byte: after,
      line: start.line + countLines(block.bytes, start.byte - block.start.byte, end),
    }
    const place = { file: this.#options.path, line: start.line }
    try {
      const record = this.#recordOf(cut.record.fields, cut.needsDecoding)
      built.records.push(this.#options.schema.parse(record, place))
      built.lines.push(start.line)
      built.endBytes.push(next.byte)
      built.endLines.push(next.line)
    } catch (error) {
      built.rejected.push({
        beforeIndex: built.records.length,
        place: describeFilePlace(place),
        reason: messageOf(error),
        raw: rawText(block.bytes, start.byte - block.start.byte, end),
      })
    }
    return next
  }

  #recordOf(fields: readonly string[], needsDecoding: boolean): CsvRecord {
    const { columns, format } = this.#options
    if (fields.length !== columns.length) {
      throw new RangeError(`Expected ${columns.length} columns, got ${fields.length}`)
    }
    const record: Record<string, string> = {}
    for (const [index, column] of columns.entries()) {
      const field = fields[index] ?? ''
      record[column] = needsDecoding ? this.#decode(format, column, field) : field
    }
    return record
  }

  #decode(format: CsvFormat, column: string, field: string): string {
    try {
      return format.decode(field)
    } catch (error) {
      throw new RangeError(`Expected text in column '${column}', got ${messageOf(error)}`, { cause: error })
    }
  }

  #rejectLine(block: InputBlock, built: BlockBuilder<T>, from: FilePosition, reason: string): FilePosition {
    const start = skipEmptyLines(block, from)
    const next = nextLine(block, start)
    built.rejected.push({
      beforeIndex: built.records.length,
      place: describeFilePlace({ file: this.#options.path, line: start.line }),
      reason,
      raw: rawText(block.bytes, start.byte - block.start.byte, next.byte - block.start.byte),
    })
    return next
  }

  #tooLarge(): string {
    return `Expected a record of at most ${this.#options.format.maxRecordBytes} bytes, got a larger one; is a quote not closed?`
  }
}

interface CutPlace<T> {
  readonly block: InputBlock
  readonly built: BlockBuilder<T>
  readonly from: FilePosition
  readonly record: CutRecord
  /** Where the record ends within the block. */
  readonly end: number
  readonly needsDecoding: boolean
}

function skipEmptyLines({ bytes, start }: InputBlock, from: FilePosition): FilePosition {
  let at = from.byte - start.byte
  let line = from.line
  for (;;) {
    if (bytes[at] === carriageReturn && bytes[at + 1] === newline) at += 2
    else if (bytes[at] === newline) at += 1
    else return { byte: start.byte + at, line }
    line++
  }
}

// What follows the last record of a file are empty lines.
function endOf({ bytes, start }: InputBlock, from: FilePosition): FilePosition {
  return {
    byte: start.byte + bytes.length,
    line: from.line + countLines(bytes, from.byte - start.byte, bytes.length),
  }
}
