/** Reads one file block by block; its position is always the border of a record. */
import { assert, type OpenFile, type SourceBatch, type SplitReader } from 'streamcore'
import { describeFilePlace } from './file-place.js'
import {
  type BlockParser,
  type FilePosition,
  nextLine,
  type ParsedBlock,
  positionToJson,
} from './input-block.js'

/** What a reader reads. */
export interface BlockSplitReaderOptions<T> {
  readonly path: string
  readonly file: OpenFile
  readonly start: FilePosition
  readonly parser: BlockParser<T>
  readonly maxRecordBytes: number
}

const blockBytesMin = 256 * 1024

/** The reader of every file source; the parser decides what a record is. */
export class BlockSplitReader<T> implements SplitReader<T> {
  readonly #options: BlockSplitReaderOptions<T>
  #block: ParsedBlock<T>
  /** Records of the block handed out so far. */
  #handedOut = 0
  #isAtEnd = false

  constructor(options: BlockSplitReaderOptions<T>) {
    this.#options = options
    this.#block = emptyBlock(options.start)
  }

  async fetch(maxRecords: number): Promise<SourceBatch<T>> {
    while (this.#handedOut === this.#block.records.length && !this.#isAtEnd) {
      this.#block = await this.#readBlock(this.#block.end)
      this.#handedOut = 0
      if (this.#block.rejected.length > 0) break
    }
    const start = this.#handedOut
    const end = Math.min(start + maxRecords, this.#block.records.length)
    this.#handedOut = end
    return this.#batch(start, end)
  }

  close(): Promise<void> {
    return this.#options.file.close()
  }

  async #readBlock(start: FilePosition): Promise<ParsedBlock<T>> {
    const { file, parser, maxRecordBytes } = this.#options
    const limit = Math.max(blockBytesMin, maxRecordBytes + 2)
    for (let length = blockBytesMin; ; length = Math.min(length * 2, limit)) {
      const bytes = await file.read(start.byte, length)
      const isLast = bytes.length < length
      const block = { bytes, start, isLast, isFull: length === limit }
      const parsed = start.isSkipping ? emptyBlock(nextLine(block, start)) : parser.parse(block)
      const hasAdvanced = parsed.end.byte > start.byte
      if (!hasAdvanced && !isLast && !block.isFull) continue
      assert(hasAdvanced || isLast, 'a parser cuts or rejects something of a full block')
      this.#isAtEnd = isLast && parsed.end.byte === start.byte + bytes.length
      return parsed
    }
  }

  #batch(start: number, end: number): SourceBatch<T> {
    const block = this.#block
    const isWhole = end === block.records.length
    const rejected = block.rejected.filter(
      ({ beforeIndex }) => beforeIndex >= start && (beforeIndex < end || isWhole),
    )
    const positionAfter = (index: number) => {
      const byte = block.endBytes[start + index] ?? block.end.byte
      return positionToJson({ byte, line: block.endLines[start + index] ?? block.end.line })
    }
    return {
      records: start === 0 && isWhole ? block.records : block.records.slice(start, end),
      rejected: rejected.map((input) => ({ ...input, beforeIndex: input.beforeIndex - start })),
      positionAfter,
      endPosition: isWhole ? positionToJson(block.end) : positionAfter(end - start - 1),
      placeOf: (index) =>
        describeFilePlace({ file: this.#options.path, line: block.lines[start + index] ?? 0 }),
      isEnd: isWhole && this.#isAtEnd,
    }
  }
}

function emptyBlock(end: FilePosition): ParsedBlock<never> {
  return { records: [], lines: [], endBytes: [], endLines: [], rejected: [], end }
}
