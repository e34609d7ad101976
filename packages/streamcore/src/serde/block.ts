/**
 * Blocks: what checkpoints hold of keyed state, timers and messages. About 1,000 rows, sorted by key group, in columns.
 *
 *     0    "SCKB"
 *     4    format version, 1 byte
 *     5    section, 1 byte: 1 state, 2 timers, 3 messages, 4 cleared keys, 5 removed timers
 *     6    1 in a block of a delta, else 0; sections 4 and 5 only stand in deltas, section 3 never does
 *     7    zero
 *     8    number of rows, u32
 *     12   number of key groups in the index, u32
 *     16   length of the payload, u32
 *     20   index: per key group its number, u16, ascending, and the number of its rows, u16, at least 1
 *     ..   payload: one msgpackr unit { columns: descriptions, keys: [...], cells: [[...], ...] }, a list of cells per column
 *     ..   CRC-32 of all bytes before it, u32
 *
 * Numbers are little-endian. The rows of a key group follow each other in the order of the index.
 */
import { messageOf, StreamcoreError } from '../contracts/errors.js'
import type { Key } from '../contracts/key.js'
import { type KeyGroupRange, maxParallelism } from '../contracts/key-groups.js'
import type { StateTtl } from '../contracts/state/state-ttl.js'
import { crc32 } from './crc32.js'
import { unpack } from './value-codec.js'

/** What a block holds. `cleared-keys` and `removed-timers` say what a delta takes away, and come before what it adds. */
export type BlockSection = 'state' | 'timers' | 'messages' | 'cleared-keys' | 'removed-timers'

/** A column of a block: a state with its kind and version, or a field of a timer or message. */
export interface BlockColumn {
  readonly name: string
  readonly kind: string
  readonly version: number
  /** Its cells hold values with the time of their last use. */
  readonly ttl?: StateTtl
}

/** The most rows a block may have; their number per key group fits into 16 bits. */
export const blockRowsMax = 65_535

/** Length of what stands before the index. */
export const blockHeaderBytes = 20

/** First bytes of a block, as a little-endian number. */
export const blockMagic = 0x424b_4353

/** The only format there is. */
export const blockFormatVersion = 1

/** Sections by the byte that stands for them, less one. */
export const blockSections = ['state', 'timers', 'messages', 'cleared-keys', 'removed-timers'] as const

/** A decoded block. */
export interface KeyedBlock {
  readonly section: BlockSection
  /** Its rows replace what earlier blocks hold of the same keys. */
  readonly isDelta: boolean
  readonly columns: readonly BlockColumn[]
  readonly rowCount: number
  readonly keys: readonly Key[]
  /** Key group of each row, ascending. */
  readonly keyGroups: Uint16Array
  /** Cells by column, then by row. */
  readonly cells: readonly (readonly unknown[])[]
}

/** Decodes a block. Whatever is not exactly what a writer made is refused with `STREAMCORE_CHECKPOINT_CORRUPT`. */
export function decodeKeyedBlock(bytes: Uint8Array): KeyedBlock {
  const header = readHeader(bytes)
  const keyGroups = readIndex(header)
  const payload = readPayload(header)
  const { section, isDelta, rowCount } = header
  return { section, isDelta, rowCount, keyGroups, ...payload }
}

/** The section of a block, without decoding the rest; the same refusals as {@link decodeKeyedBlock} for its frame. */
export function sectionOfBlock(bytes: Uint8Array): BlockSection {
  return readHeader(bytes).section
}

/** The rows whose key groups lie in a range: from `start` (inclusive) to `end` (exclusive). */
export function rowsOfKeyGroups(block: KeyedBlock, range: KeyGroupRange): { start: number; end: number } {
  return {
    start: firstRowFrom(block.keyGroups, range.start),
    end: firstRowFrom(block.keyGroups, range.end + 1),
  }
}

interface Header {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly section: BlockSection
  readonly isDelta: boolean
  readonly rowCount: number
  readonly groupCount: number
  readonly payloadStart: number
  readonly payloadEnd: number
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < blockHeaderBytes + 4) refuse(`at least ${blockHeaderBytes + 4} bytes`, `${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== blockMagic) refuse('a block that begins with "SCKB"', 'other bytes')
  const version = bytes[4]
  if (version !== blockFormatVersion) refuse(`block format version ${blockFormatVersion}`, String(version))
  const rowCount = view.getUint32(8, true)
  const groupCount = view.getUint32(12, true)
  const payloadStart = blockHeaderBytes + 4 * groupCount
  const payloadEnd = payloadStart + view.getUint32(16, true)
  if (payloadEnd + 4 !== bytes.length) refuse(`a block of ${payloadEnd + 4} bytes`, `${bytes.length}`)
  const crc = view.getUint32(payloadEnd, true)
  const found = crc32(bytes, 0, payloadEnd)
  if (crc !== found) refuse(`CRC ${crc.toString(16)}`, found.toString(16))
  const section = blockSections[bytes[5]! - 1]
  if (section === undefined) refuse(`a section from 1 to ${blockSections.length}`, String(bytes[5]))
  if (bytes[6]! > 1 || bytes[7] !== 0) refuse('0 or 1 at byte 6 and zero at byte 7', 'other bytes')
  const isDelta = bytes[6] === 1
  if (!mayStandIn(section, isDelta))
    refuse(`a block of section "${section}" in its place`, `byte 6 = ${bytes[6]}`)
  if (rowCount > blockRowsMax) refuse(`at most ${blockRowsMax} rows`, String(rowCount))
  return { bytes, view, section, isDelta, rowCount, groupCount, payloadStart, payloadEnd }
}

/** Whether a section belongs into deltas, or into full snapshots. */
export function mayStandIn(section: BlockSection, isDelta: boolean): boolean {
  if (section === 'state' || section === 'timers') return true
  return (section === 'messages') !== isDelta
}

function readIndex({ view, rowCount, groupCount }: Header): Uint16Array {
  const keyGroups = new Uint16Array(rowCount)
  let row = 0
  let last = -1
  for (let index = 0; index < groupCount; index++) {
    const keyGroup = view.getUint16(blockHeaderBytes + 4 * index, true)
    const rows = view.getUint16(blockHeaderBytes + 4 * index + 2, true)
    if (keyGroup <= last || keyGroup >= maxParallelism) refuse('ascending key groups', String(keyGroup))
    if (rows === 0 || row + rows > rowCount) refuse(`${rowCount} rows in the index`, `${row + rows}`)
    keyGroups.fill(keyGroup, row, row + rows)
    row += rows
    last = keyGroup
  }
  if (row !== rowCount) refuse(`${rowCount} rows in the index`, String(row))
  return keyGroups
}

function readPayload(header: Header): Pick<KeyedBlock, 'columns' | 'keys' | 'cells'> {
  let payload: unknown
  try {
    payload = unpack(header.bytes.subarray(header.payloadStart, header.payloadEnd))
  } catch (error) {
    throw new StreamcoreError(
      'STREAMCORE_CHECKPOINT_CORRUPT',
      `Expected the payload of a block, got bytes that do not decode: ${messageOf(error)}`,
      { cause: error },
    )
  }
  // Only shapes are checked, cell by cell the values are whatever was stored.
  const { columns, keys, cells } = (payload ?? {}) as { columns?: unknown; keys?: unknown; cells?: unknown }
  if (!isColumns(columns)) refuse('descriptions of columns', printed(columns))
  if (!isColumn(keys, header.rowCount) || !keys.every(isKey)) refuse(`${header.rowCount} keys`, printed(keys))
  if (!Array.isArray(cells) || cells.length !== columns.length)
    refuse(`${columns.length} columns`, printed(cells))
  for (const column of cells) {
    if (!isColumn(column, header.rowCount)) refuse(`${header.rowCount} cells in each column`, printed(column))
  }
  return { columns, keys, cells }
}

function isColumns(columns: unknown): columns is BlockColumn[] {
  return (
    Array.isArray(columns) &&
    columns.every((column: Partial<BlockColumn> | null) => {
      if (typeof column !== 'object' || column === null) return false
      const { name, kind, version, ttl } = column
      if (ttl !== undefined && !isTtl(ttl)) return false
      return typeof name === 'string' && typeof kind === 'string' && Number.isSafeInteger(version)
    })
  )
}

function isTtl(ttl: Partial<StateTtl> | null): boolean {
  if (typeof ttl !== 'object' || ttl === null) return false
  const { timeMs, timeDomain } = ttl
  return typeof timeMs === 'number' && (timeDomain === 'event' || timeDomain === 'processing')
}

function isColumn(column: unknown, rowCount: number): column is unknown[] {
  return Array.isArray(column) && column.length === rowCount
}

function isKey(key: unknown): key is Key {
  switch (typeof key) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return true
    case 'number':
      return key === key
    default:
      return Array.isArray(key) && key.every(isKey)
  }
}

function firstRowFrom(keyGroups: Uint16Array, keyGroup: number): number {
  let low = 0
  let high = keyGroups.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keyGroups[middle]! < keyGroup) low = middle + 1
    else high = middle
  }
  return low
}

function printed(value: unknown): string {
  return Array.isArray(value) ? `an array of ${value.length}` : value === null ? 'null' : typeof value
}

function refuse(expected: string, came: string): never {
  throw new StreamcoreError(
    'STREAMCORE_CHECKPOINT_CORRUPT',
    `Expected ${expected} in a checkpoint block, got ${came}. The block is damaged; restore another checkpoint.`,
  )
}
