/** How files are read: in blocks of bytes, each cut into records by a parser that knows the format. */
import type { JsonValue, RejectedInput, SourceSplit } from 'streamcore'
import { StreamcoreError } from 'streamcore'

/** The border of a record: how many bytes come before it, and which line it begins. */
export interface FilePosition {
  readonly byte: number
  readonly line: number
  /** The line is too long to be a record: its rest is thrown away first. */
  readonly isSkipping?: boolean
}

/** A stretch of a file. */
export interface InputBlock {
  readonly bytes: Uint8Array
  readonly start: FilePosition
  /** The file ends here. */
  readonly isLast: boolean
  /** The block is as large as a record may be: a record that does not fit is too large. */
  readonly isFull: boolean
}

/** What a block holds. Arrays run in parallel, one entry a record. */
export interface ParsedBlock<T> {
  readonly records: readonly T[]
  /** The line on which each record begins. */
  readonly lines: readonly number[]
  /** Where reading goes on after each record. */
  readonly endBytes: readonly number[]
  readonly endLines: readonly number[]
  readonly rejected: readonly RejectedInput[]
  /** Where reading goes on after the block; the block's start when it holds no whole record. */
  readonly end: FilePosition
}

/** Cuts blocks into records. */
export interface BlockParser<T> {
  parse(block: InputBlock): ParsedBlock<T>
}

/** A block under construction. */
export interface BlockBuilder<T> {
  readonly records: T[]
  readonly lines: number[]
  readonly endBytes: number[]
  readonly endLines: number[]
  readonly rejected: RejectedInput[]
}

/** An empty block under construction. */
export function blockBuilder<T>(): BlockBuilder<T> {
  return { records: [], lines: [], endBytes: [], endLines: [], rejected: [] }
}

const newline = 10
const rawLengthMax = 1_000

/** Number of line ends in a stretch of bytes. */
export function countLines(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = bytes.indexOf(newline, start); at >= 0 && at < end; at = bytes.indexOf(newline, at + 1))
    count++
  return count
}

/** The text of rejected bytes, cut to a bounded length. */
export function rawText(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder()
    .decode(bytes.subarray(start, Math.min(end, start + rawLengthMax)))
    .replace(/\r?\n$/, '')
}

/** The next line after `from`, where reading goes on after something that is no record. */
export function nextLine(block: InputBlock, from: FilePosition): FilePosition {
  const at = block.bytes.indexOf(newline, from.byte - block.start.byte)
  if (at >= 0) return { byte: block.start.byte + at + 1, line: from.line + 1 }
  const byte = block.start.byte + block.bytes.length
  return block.isLast ? { byte, line: from.line + 1 } : { byte, line: from.line, isSkipping: true }
}

/** A position as a checkpoint keeps it. */
export function positionToJson({ byte, line, isSkipping }: FilePosition): JsonValue {
  return isSkipping ? { byte, line, isSkipping } : { byte, line }
}

/** @throws StreamcoreError `STREAMCORE_RESTORE` when another source wrote the position */
export function parsePosition({ id }: SourceSplit, position: JsonValue): FilePosition {
  if (typeof position === 'object' && position !== null && 'byte' in position && 'line' in position) {
    const { byte, line } = position
    const isSkipping = 'isSkipping' in position
    if (typeof byte === 'number' && typeof line === 'number') return { byte, line, isSkipping }
  }
  throw new StreamcoreError(
    'STREAMCORE_RESTORE',
    `Expected the position of split '${id}' to be { byte, line }, got ${JSON.stringify(position)}; it was written by another source`,
  )
}
