/** Elements on their way to another thread: records with their times, and the events between them. */
import { decodeColumn, encodeColumn, type EncodedColumn } from './column-codec.js'
import { decodeValue, encodeValue } from './value-codec.js'

/** An event and the record it comes before, by index; the number of records when it comes after all. */
export interface PlacedEvent {
  readonly before: number
  readonly event: unknown
}

/** A stretch of a channel. */
export interface Elements {
  readonly values: readonly unknown[]
  readonly timestampsMs: readonly number[]
  readonly events: readonly PlacedEvent[]
}

const whatCrosses = 'a batch of records for another thread'
/** More fields than this are not worth columns. */
const fieldsMax = 64
/** Arrays begin where every kind of number may. */
const alignment = 8

/** What stands before the arrays of a batch. */
interface BatchHeader {
  readonly count: number
  /** The fields of records that all have the same; undefined for values that are one column. */
  readonly names: readonly string[] | undefined
  readonly columns: readonly Omit<EncodedColumn, 'arrays'>[]
  /** Sizes of the arrays of each column; those of the times come first. */
  readonly sizes: readonly (readonly number[])[]
  readonly events: readonly PlacedEvent[]
}

/** The bytes of the elements behind `headerBytes` bytes for the caller. */
export function encodeElements(elements: Elements, headerBytes: number): Uint8Array {
  const { values, timestampsMs, events } = elements
  const names = sharedNames(values)
  const columns = [encodeColumn(timestampsMs, 'times of records')]
  if (names === undefined) columns.push(encodeColumn(values, whatCrosses))
  else
    for (const name of names)
      columns.push(encodeColumn(fieldOf(values, name), `field '${name}' of ${whatCrosses}`))
  const header: BatchHeader = {
    count: values.length,
    names,
    columns: columns.map(({ kind, hasGaps }) => ({ kind, hasGaps })),
    sizes: columns.map(({ arrays }) => arrays.map(({ length }) => length)),
    events,
  }
  return assemble(headerBytes, encodeValue(header, { what: 'a batch for another thread' }), columns)
}

/** What {@link encodeElements} has encoded. */
export function decodeElements(bytes: Uint8Array, headerBytes: number): Elements {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const start = headerBytes + 4
  const length = view.getUint32(headerBytes)
  const header = decodeValue<BatchHeader>(bytes.subarray(start, start + length))
  let offset = aligned(start + length)
  const columns = header.columns.map((column, index): EncodedColumn => {
    const arrays = (header.sizes[index] ?? []).map((size) => {
      const array = bytes.subarray(offset, offset + size)
      offset = aligned(offset + size)
      return array
    })
    return { ...column, arrays }
  })
  const [times, ...rest] = columns
  const timestampsMs = new Array<number>(header.count)
  if (times !== undefined) {
    decodeColumn(times, header.count, (value, row) => {
      timestampsMs[row] = Number(value)
    })
  }
  return { values: recordsOf(header, rest), timestampsMs, events: header.events }
}

/** The fields, in their order, when all values are plain objects that have the same ones. */
function sharedNames(values: readonly unknown[]): readonly string[] | undefined {
  const [first] = values
  if (!isPlain(first)) return undefined
  const names = Object.keys(first)
  if (names.length === 0 || names.length > fieldsMax || names.includes('__proto__')) return undefined
  for (const value of values) {
    if (!isPlain(value)) return undefined
    let index = 0
    for (const name in value) if (name !== names[index++]) return undefined
    if (index !== names.length) return undefined
  }
  return names
}

function fieldOf(values: readonly unknown[], name: string): readonly unknown[] {
  const field = new Array<unknown>(values.length)
  // All of them are plain objects with this field: their names were compared.
  const records = values as readonly Readonly<Record<string, unknown>>[]
  for (let row = 0; row < records.length; row++) field[row] = records[row]?.[name]
  return field
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function recordsOf({ count, names }: BatchHeader, columns: readonly EncodedColumn[]): readonly unknown[] {
  const values = new Array<unknown>(count)
  if (names === undefined) {
    const [only] = columns
    if (only !== undefined) decodeColumn(only, count, (value, row) => void (values[row] = value))
    return values
  }
  const template: Record<string, unknown> = {}
  for (const name of names) template[name] = undefined
  const records = new Array<Record<string, unknown>>(count)
  for (let row = 0; row < count; row++) records[row] = { ...template }
  for (const [index, name] of names.entries()) {
    const column = columns[index]
    if (column === undefined) continue
    decodeColumn(column, count, (value, row) => {
      const record = records[row]
      if (record !== undefined) record[name] = value
    })
  }
  return records
}

function assemble(headerBytes: number, header: Uint8Array, columns: readonly EncodedColumn[]): Uint8Array {
  const arrays = columns.flatMap((column) => column.arrays)
  const start = headerBytes + 4
  let size = aligned(start + header.length)
  for (const array of arrays) size = aligned(size + array.length)
  const bytes = new Uint8Array(size)
  new DataView(bytes.buffer).setUint32(headerBytes, header.length)
  bytes.set(header, start)
  let offset = aligned(start + header.length)
  for (const array of arrays) {
    bytes.set(array, offset)
    offset = aligned(offset + array.length)
  }
  return bytes
}

function aligned(offset: number): number {
  return Math.ceil(offset / alignment) * alignment
}
