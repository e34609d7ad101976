/** The entry `@streamcore/connectors/files`: CSV and JSON lines, read and written exactly once. */

export { localFiles } from './client/local-files-client.js'
export type { CsvRecord, CsvSchema } from './csv/csv-block-parser.js'
export type { CsvFormatOptions } from './csv/csv-format.js'
export { csvRecords, csvSource, type CsvSourceOptions } from './csv/csv-source.js'
export { describeFilePlace, type FilePlace } from './file-place.js'
export type { FileSelection } from './file-splits.js'
export { jsonLinesSource, type JsonLinesSourceOptions } from './json-lines-source.js'
export type { LinesSinkPlace } from './lines-sink.js'
export { textLinesSink, type TextLinesSinkOptions } from './text-lines-sink.js'
export { csvSink, type CsvSinkOptions, type CsvValue } from './csv/csv-sink.js'
export { deadLetterSink, jsonLinesSink, type JsonLinesSinkOptions } from './json-lines-sink.js'
