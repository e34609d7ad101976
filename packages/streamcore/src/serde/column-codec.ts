/** Columns of records on their way to another thread: values of one kind as typed arrays, texts in pieces, the rest packed. */
import { inspectValue, verdict } from './serializable.js'
import { decodeValue, encodeValue } from './value-codec.js'

/** What a column holds besides null and undefined. `packed`: anything, by the value codec. */
type ColumnKind = 'int32' | 'float64' | 'boolean' | 'int64' | 'text' | 'packed'

/** A column as it is sent: how to read it, and its arrays in a fixed order. */
export interface EncodedColumn {
  readonly kind: ColumnKind
  /** Whether its first array says where null and undefined stand. */
  readonly hasGaps: boolean
  readonly arrays: readonly Uint8Array[]
}

/** Values of a column where there is none. */
const gap = { none: 0, null: 1, undefined: 2 } as const

/**
 * Texts that become one piece: each is decoded as a slice of its piece, so that a text that is kept keeps a few others alive,
 * never its batch.
 */
const textsPerPiece = 16
const encoder = new TextEncoder()
// A text may begin with a byte order mark like with any other character.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The column of values; `what` they are, for messages.
 * @throws StreamcoreError `STREAMCORE_SERIALIZATION` for what the value codec refuses
 */
export function encodeColumn(values: readonly unknown[], what: string): EncodedColumn {
  const { kind, hasGaps } = kindOf(values)
  const arrays = kind === 'packed' ? undefined : arraysOf(kind, values)
  if (arrays === undefined) {
    return { kind: 'packed', hasGaps: false, arrays: [encodeValue(values, { what })] }
  }
  return { kind, hasGaps, arrays: hasGaps ? [Uint8Array.from(values, gapOf), ...arrays] : arrays }
}

/** Gives the values of a column one by one. */
export function decodeColumn(
  column: EncodedColumn,
  count: number,
  use: (value: unknown, row: number) => void,
): void {
  const { kind, hasGaps, arrays } = column
  const gaps = hasGaps ? arrays[0] : undefined
  const rest = hasGaps ? arrays.slice(1) : arrays
  const values = valuesOf(kind, rest, count)
  if (gaps === undefined) {
    for (let row = 0; row < count; row++) use(values[row], row)
    return
  }
  for (let row = 0; row < count; row++) {
    if (gaps[row] === gap.none) use(values[row], row)
    else use(gaps[row] === gap.null ? null : undefined, row)
  }
}

function gapOf(value: unknown): number {
  return value === null ? gap.null : value === undefined ? gap.undefined : gap.none
}

function kindOf(values: readonly unknown[]): { readonly kind: ColumnKind; readonly hasGaps: boolean } {
  let kind: ColumnKind | undefined
  let hasGaps = false
  for (const value of values) {
    if (value === null || value === undefined) {
      hasGaps = true
      continue
    }
    const found = kindOfValue(value)
    if (kind === undefined || kind === found) kind = found
    else if ((kind === 'int32' && found === 'float64') || (kind === 'float64' && found === 'int32'))
      kind = 'float64'
    else return { kind: 'packed', hasGaps: false }
    if (kind === 'packed') return { kind, hasGaps: false }
  }
  return { kind: kind ?? 'boolean', hasGaps }
}

function kindOfValue(value: unknown): ColumnKind {
  switch (typeof value) {
    case 'number':
      // -0 is no int32: it would come back as 0.
      return (value | 0) === value && (value !== 0 || 1 / value > 0) ? 'int32' : 'float64'
    case 'string':
      return 'text'
    case 'boolean':
      return 'boolean'
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'int64' : 'packed'
    default:
      return 'packed'
  }
}

/** Undefined when the values are of this kind, but can not be written as such. */
function arraysOf(
  kind: Exclude<ColumnKind, 'packed'>,
  values: readonly unknown[],
): readonly Uint8Array[] | undefined {
  switch (kind) {
    case 'int32':
      return [bytesOf(filled(new Int32Array(values.length), values))]
    case 'float64':
      return [bytesOf(filled(new Float64Array(values.length), values))]
    case 'boolean':
      return [booleans(values)]
    case 'int64':
      return [bytesOf(BigInt64Array.from(values, (value) => (typeof value === 'bigint' ? value : 0n)))]
    case 'text':
      return textArrays(values)
  }
}

/** Loops, because `from` with a function is ten times slower. */
function filled<T extends Int32Array | Float64Array>(array: T, values: readonly unknown[]): T {
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    if (typeof value === 'number') array[row] = value
  }
  return array
}

function booleans(values: readonly unknown[]): Uint8Array {
  const array = new Uint8Array(values.length)
  for (let row = 0; row < values.length; row++) if (values[row] === true) array[row] = 1
  return array
}

/** Lengths in UTF-16 units per text, bytes per piece, and all pieces; undefined for texts that the codec refuses. */
function textArrays(values: readonly unknown[]): readonly Uint8Array[] | undefined {
  const lengths = new Uint32Array(values.length)
  const pieceBytes = new Uint32Array(Math.ceil(values.length / textsPerPiece))
  const pieces: string[] = []
  let bytesMax = 0
  for (let start = 0; start < values.length; start += textsPerPiece) {
    let piece = ''
    const end = Math.min(values.length, start + textsPerPiece)
    for (let row = start; row < end; row++) {
      const value = values[row]
      if (typeof value !== 'string') continue
      lengths[row] = value.length
      piece += value
    }
    pieces.push(piece)
    bytesMax += 3 * piece.length
  }
  const bytes = new Uint8Array(bytesMax)
  let size = 0
  let isAscii = true
  for (const [index, piece] of pieces.entries()) {
    const { written } = encoder.encodeInto(piece, bytes.subarray(size))
    pieceBytes[index] = written
    size += written
    isAscii &&= written === piece.length
  }
  // Halves of a surrogate pair could meet across two texts.
  if (!isAscii && values.some((value) => inspectValue(value) === verdict.refused)) return undefined
  return [bytesOf(lengths), bytesOf(pieceBytes), bytes.subarray(0, size)]
}

function valuesOf(kind: ColumnKind, arrays: readonly Uint8Array[], count: number): ArrayLike<unknown> {
  const [first = new Uint8Array()] = arrays
  switch (kind) {
    case 'int32':
      return new Int32Array(first.buffer, first.byteOffset, count)
    case 'float64':
      return new Float64Array(first.buffer, first.byteOffset, count)
    case 'boolean':
      return booleansOf(first, count)
    case 'int64':
      return new BigInt64Array(first.buffer, first.byteOffset, count)
    case 'text':
      return textsOf(arrays, count)
    case 'packed':
      return decodeValue<readonly unknown[]>(first)
  }
}

function booleansOf(array: Uint8Array, count: number): readonly boolean[] {
  const values = new Array<boolean>(count)
  for (let row = 0; row < count; row++) values[row] = array[row] === 1
  return values
}

function textsOf(arrays: readonly Uint8Array[], count: number): readonly string[] {
  const [lengthBytes = new Uint8Array(), pieceSizeBytes = new Uint8Array(), bytes = new Uint8Array()] = arrays
  const lengths = new Uint32Array(lengthBytes.buffer, lengthBytes.byteOffset, count)
  const pieceCount = Math.ceil(count / textsPerPiece)
  const pieceBytes = new Uint32Array(pieceSizeBytes.buffer, pieceSizeBytes.byteOffset, pieceCount)
  const texts = new Array<string>(count)
  let offset = 0
  for (let index = 0; index < pieceCount; index++) {
    const size = pieceBytes[index] ?? 0
    const piece = decoder.decode(bytes.subarray(offset, offset + size))
    offset += size
    let at = 0
    const end = Math.min(count, (index + 1) * textsPerPiece)
    for (let row = index * textsPerPiece; row < end; row++) {
      const next = at + (lengths[row] ?? 0)
      texts[row] = piece.slice(at, next)
      at = next
    }
  }
  return texts
}

function bytesOf(array: Int32Array | Uint32Array | Float64Array | BigInt64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
