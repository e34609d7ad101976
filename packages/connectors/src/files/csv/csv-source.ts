/** Reads CSV files: one split per file, bad lines as rejected input, restarts in the middle of a file. */
import type { JsonValue, Source, SourceContext, SourceSplit, SplitReader } from 'streamcore'
import { StreamcoreError } from 'streamcore'
import { BlockSplitReader } from '../block-split-reader.js'
import { CsvBlockParser, type CsvRecord, type CsvSchema } from './csv-block-parser.js'
import { CsvFormat, type CsvFormatOptions } from './csv-format.js'
import { readCsvHeader } from './csv-header.js'
import { describeFilePlace } from '../file-place.js'
import { type FileSelection, fileSplits, rejectingReader, selectionToJson } from '../file-splits.js'
import { type InputFile, openInputFile } from '../open-input-file.js'
import { openFileSystem } from '../open-file-system.js'

/** What a CSV source reads and how. Without `watch` it ends when all files are read. */
export type CsvSourceOptions<T> = FileSelection &
  CsvFormatOptions & {
    /** Name of a files connection; the local file system when there is none. */
    readonly connection?: string
    /** Whether the first line names the columns; true by default. */
    readonly header?: boolean
    /** With a header: exactly these must be there, in any order. Without one they are the columns, in order. */
    readonly columns?: readonly string[]
    /** Makes T of the texts of a record; what it throws rejects the record. */
    readonly schema: CsvSchema<T>
  }

/** Records as they stand in the file, texts by column name. */
export const csvRecords: CsvSchema<CsvRecord> = { parse: (record) => record }

const discoveryIntervalMs = 1_000

/** A source over CSV files. */
export function csvSource<T>(options: CsvSourceOptions<T>): Source<T> {
  const { connection, header = true, columns } = options
  const format = new CsvFormat(options)
  if (!header && !columns) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      'Expected `columns` of the CSV source without header, got none',
      {
        details: { config: 'columns' },
      },
    )
  }
  const isWatching = 'directory' in options && options.watch === true
  return Object.freeze({
    kind: 'csv',
    config: configOf(options),
    boundedness: isWatching ? ('unbounded' as const) : ('bounded' as const),
    ...(isWatching ? { discoveryIntervalMs } : {}),
    async createEnumerator(context: SourceContext) {
      return fileSplits(await openFileSystem(context.connections, connection), options)
    },
    async createReader(split: SourceSplit, position: JsonValue | undefined, context: SourceContext) {
      const fileSystem = await openFileSystem(context.connections, connection)
      const read = (input: InputFile) =>
        openCsvReader(input, { format, header, columns, schema: options.schema })
      return await openInputFile(fileSystem, { split, position }, read)
    },
  })
}

interface CsvReading<T> {
  readonly format: CsvFormat
  readonly header: boolean
  readonly columns: readonly string[] | undefined
  readonly schema: CsvSchema<T>
}

async function openCsvReader<T>(
  { path, file, position }: InputFile,
  { format, header, columns, schema }: CsvReading<T>,
): Promise<SplitReader<T>> {
  const found = await readCsvHeader(file, format, { hasHeader: header, columns })
  if (found.kind === 'broken') {
    await file.close()
    return rejectingReader(describeFilePlace({ file: path, line: 1 }), found.reason, found.raw)
  }
  const parser = new CsvBlockParser({ path, format, columns: found.columns, schema })
  const { maxRecordBytes } = format
  return new BlockSplitReader({ path, file, start: position ?? found.start, parser, maxRecordBytes })
}

function configOf<T>(options: CsvSourceOptions<T>): JsonValue {
  const { delimiter = ',', quote = '"', encoding = 'utf-8', header = true, columns = null } = options
  const format = { delimiter, quote, encoding, header, columns: columns && [...columns] }
  return { ...format, connection: options.connection ?? null, input: selectionToJson(options) }
}
