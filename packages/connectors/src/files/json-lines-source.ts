/** Reads files with one JSON value per line. */
import {
  type JsonValue,
  messageOf,
  type Schema,
  type Source,
  type SourceContext,
  type SourceSplit,
  StreamcoreError,
} from 'streamcore'
import { BlockSplitReader } from './block-split-reader.js'
import { describeFilePlace, type FilePlace } from './file-place.js'
import { type FileSelection, fileSplits, selectionToJson } from './file-splits.js'
import {
  type BlockParser,
  blockBuilder,
  type InputBlock,
  nextLine,
  type ParsedBlock,
  rawText,
} from './input-block.js'
import { type InputFile, openInputFile } from './open-input-file.js'
import { openFileSystem } from './open-file-system.js'

/** What a JSON lines source reads. */
export type JsonLinesSourceOptions<T> = ({ readonly path: string } | FileSelection) & {
  /** Name of a files connection; the local file system when there is none. */
  readonly connection?: string
  /** Makes T of a parsed value; what it throws rejects the line. */
  readonly schema: Schema<T>
  /** Longer lines are rejected; 1 MiB by default. */
  readonly maxLineBytes?: number
}

const maxLineBytesDefault = 1024 * 1024
const newline = 10
const byteOrderMark = '\ufeff'

/** A bounded source over files of JSON lines, one split per file. */
export function jsonLinesSource<T>(options: JsonLinesSourceOptions<T>): Source<T> {
  const { connection, schema, maxLineBytes = maxLineBytesDefault } = options
  const selection = 'path' in options ? { files: [options.path] } : options
  if (!Number.isInteger(maxLineBytes) || maxLineBytes < 1) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected \`maxLineBytes\` to be a positive integer, got ${maxLineBytes}`,
    )
  }
  return Object.freeze({
    kind: 'json-lines',
    config: { connection: connection ?? null, input: selectionToJson(selection) },
    boundedness: 'bounded' as const,
    async createEnumerator(context: SourceContext) {
      return fileSplits(await openFileSystem(context.connections, connection), selection)
    },
    async createReader(split: SourceSplit, position: JsonValue | undefined, context: SourceContext) {
      const fileSystem = await openFileSystem(context.connections, connection)
      return await openInputFile(fileSystem, { split, position }, (input: InputFile) => {
        const parser = new JsonLinesBlockParser({ path: input.path, schema, maxLineBytes })
        const start = input.position ?? { byte: 0, line: 1 }
        return Promise.resolve(
          new BlockSplitReader({ ...input, start, parser, maxRecordBytes: maxLineBytes }),
        )
      })
    },
  })
}

interface JsonLinesBlockParserOptions<T> {
  readonly path: string
  readonly schema: Schema<T>
  readonly maxLineBytes: number
}

class JsonLinesBlockParser<T> implements BlockParser<T> {
  readonly #options: JsonLinesBlockParserOptions<T>
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(options: JsonLinesBlockParserOptions<T>) {
    this.#options = options
  }

  parse(block: InputBlock): ParsedBlock<T> {
    const { bytes, start } = block
    const texts = this.#lineTexts(bytes)
    const built = blockBuilder<T>()
    let line = start.line
    let at = 0
    while (at < bytes.length) {
      const found = bytes.indexOf(newline, at)
      if (found < 0 && !block.isLast) break
      const next = found < 0 ? bytes.length : found + 1
      try {
        const lineBytes = bytes.subarray(at, found < 0 ? next : found)
        if (lineBytes.length > this.#options.maxLineBytes) throw this.#tooLarge()
        const decoded = texts?.[line - start.line] ?? this.#utf8.decode(lineBytes)
        const text = line === 1 && decoded.startsWith(byteOrderMark) ? decoded.slice(1) : decoded
        if (text.trim() !== '') {
          built.records.push(this.#options.schema.parse(parseJson(text)))
          built.lines.push(line)
          built.endBytes.push(start.byte + next)
          built.endLines.push(line + 1)
        }
      } catch (error) {
        const place = { file: this.#options.path, line }
        built.rejected.push(rejection(bytes.subarray(at, next), built.records.length, place, error))
      }
      at = next
      line++
    }
    const end = { byte: start.byte + at, line }
    if (at > 0 || !block.isFull || block.isLast) return { ...built, end }
    const tooLarge = this.#tooLarge()
    built.rejected.push(rejection(bytes, 0, { file: this.#options.path, line }, tooLarge))
    return { ...built, end: nextLine(block, start) }
  }

  /** All lines decoded at once, which is much faster than one by one; undefined when any of them is no UTF-8. */
  #lineTexts(bytes: Uint8Array): readonly string[] | undefined {
    try {
      return this.#utf8
        .decode(bytes.subarray(0, bytes.lastIndexOf(newline) + 1))
        .split('\n')
        .slice(0, -1)
    } catch (error) {
      if (error instanceof TypeError) return undefined
      throw error
    }
  }

  #tooLarge(): RangeError {
    return new RangeError(`Expected a line of at most ${this.#options.maxLineBytes} bytes, got a larger one`)
  }
}

function rejection(bytes: Uint8Array, beforeIndex: number, place: FilePlace, error: unknown) {
  const raw = rawText(bytes, 0, bytes.length)
  return { beforeIndex, place: describeFilePlace(place), reason: messageOf(error), raw }
}

// Such a key survives JSON.parse as a property of its own, and harms whoever copies it into another object.
function parseJson(text: string): unknown {
  if (!text.includes('__proto__') && !text.includes('\\u')) return JSON.parse(text)
  return JSON.parse(text, (key, value: unknown) => {
    if (key === '__proto__') throw new RangeError("Expected JSON without the key '__proto__', got one")
    return value
  })
}
