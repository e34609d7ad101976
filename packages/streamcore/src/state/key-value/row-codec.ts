/** Rows of keys: states, timers and the version of an entry as bytes and back. */
import type { Key, MapKey } from '../../contracts/key.js'
import type { StateKind } from '../../contracts/state/state-descriptors.js'
import { assertSerializable, type ValuePlace } from '../../serde/serializable.js'
import { stored } from '../../serde/stored-value.js'
import { cloneValue, decodeValue, encodeValue } from '../../serde/value-codec.js'
import { readSlot, writeSlot } from './entry.js'
import type { PutGuard } from '../put-guard.js'
import type { CachedEntry } from './cached-entry.js'
import { EntryTimes } from './entry-times.js'
import type { Collections } from './collections.js'
import { LargeMap, type LargeMapHead } from './large-map.js'
import { type LargeListHead, StoredList } from './stored-list.js'

/** A state as the codec needs it. */
export interface CodedState {
  readonly kind: StateKind
  readonly guard: PutGuard
}

/**
 * The key is null where the name of the row tells it. After the cells stand maps from times to numbers as `timeMaps` names
 * them, flat. Cells and maps at the end that are empty are left out: a key with a small number takes five bytes.
 */
type Row = [key: Key | null, version: number, cells: readonly unknown[], ...times: (readonly number[])[]]

/** What an entry knows of moments in time, in the order of a row. */
const timeMaps = [
  'event',
  'processing',
  'eventCleanups',
  'processingCleanups',
  'removedEvent',
  'removedProcessing',
] as const

/** A row whose cells are not looked at yet. */
export interface DecodedRow {
  /** Null where {@link textOfKeyRow} gives it. */
  readonly key: Key | null
  readonly version: number
  readonly cells: readonly unknown[]
  readonly times: readonly (readonly number[])[]
}

/** Map entries from which a map is kept in rows of its own. */
export const largeMapSize = 128

/** The codec of one backend. States are added while an operator opens. */
export class RowCodec {
  readonly collections: Collections
  readonly #uid: string
  readonly #states: CodedState[] = []

  constructor(collections: Collections, uid: string) {
    this.collections = collections
    this.#uid = uid
  }

  addState(state: CodedState): void {
    this.#states.push(state)
  }

  encode(entry: CachedEntry): Uint8Array {
    const cells = this.#cellsOf(entry)
    const row: Row = [typeof entry.key === 'string' ? null : entry.key, entry.version, cells]
    const entryTimes = entry.times
    if (entryTimes !== undefined) {
      const timesCount = timeMaps.findLastIndex((name) => entryTimes[name] !== undefined) + 1
      for (const name of timeMaps.slice(0, timesCount)) row.push([...(entryTimes[name] ?? [])].flat())
    }
    try {
      return encodeValue(row, { what: 'a row', uid: this.#uid, key: entry.key })
    } catch (error) {
      // Says which state holds what cannot be serialised.
      for (const [slot, { guard }] of this.#states.entries()) {
        assertSerializable(cells[slot], guard.place(entry.key))
      }
      throw error
    }
  }

  decode(bytes: Uint8Array): DecodedRow {
    const [key, version, cells, ...times] = decodeValue<Row>(bytes)
    return { key, version, cells, times }
  }

  /** Gives an entry the states and times of its row. */
  fill(entry: CachedEntry, { cells, times }: DecodedRow): void {
    for (const [slot, { kind }] of this.#states.entries())
      writeSlot(entry, slot, this.#content(kind, cells[slot]))
    if (times.length === 0) return
    const entryTimes = (entry.times = new EntryTimes())
    for (const [index, flat] of times.entries()) {
      const name = timeMaps[index]
      if (name !== undefined && flat.length > 0) entryTimes[name] = numbersByTime(flat)
    }
  }

  /** What a slot holds for a whole state, such as a block brings: long lists and large maps get rows of their own. */
  contentOf(kind: StateKind, cell: unknown, place: ValuePlace): unknown {
    if (kind === 'list' && Array.isArray(cell)) return StoredList.of(this.collections, cell, place)
    if (kind !== 'map' || !(cell instanceof Map) || cell.size < largeMapSize) return cell
    return this.enlarge(stored<Map<MapKey, unknown>>(cell), place)
  }

  /** A large map with the same entries. */
  enlarge(map: ReadonlyMap<MapKey, unknown>, place: ValuePlace): LargeMap {
    const large = new LargeMap(this.collections)
    for (const [key, value] of map) large.set(key, value, place)
    return large
  }

  /** The states of an entry as a block holds them; nothing that changes later is shared. */
  cells(entry: CachedEntry): readonly unknown[] {
    return this.#states.map(({ kind, guard }, slot) => {
      const content = readSlot(entry, slot)
      if (content instanceof StoredList) return content.elements().slice()
      if (content instanceof LargeMap) return content.toMap()
      if (kind === 'map' && content instanceof Map) return new Map(content)
      // Only accumulators may change in place.
      return kind === 'reducing' ? cloneValue(content, guard.place(entry.key)) : content
    })
  }

  #cellsOf(entry: CachedEntry): readonly unknown[] {
    let count = this.#states.length
    while (count > 0 && readSlot(entry, count - 1) === undefined) count--
    return Array.from({ length: count }, (_, slot) => headOf(readSlot(entry, slot)))
  }

  #content(kind: StateKind, cell: unknown): unknown {
    if (cell === undefined) return undefined
    if (kind === 'list') {
      return Array.isArray(cell)
        ? new StoredList(this.collections, cell)
        : StoredList.fromHead(this.collections, stored<LargeListHead>(cell))
    }
    if (kind === 'map' && !(cell instanceof Map))
      return new LargeMap(this.collections, stored<LargeMapHead>(cell))
    return cell
  }
}

/** Gives up what a slot holds beside the row of its key. */
export function dropContent(content: unknown): void {
  if (content instanceof StoredList || content instanceof LargeMap) content.drop()
}

function headOf(content: unknown): unknown {
  return content instanceof StoredList || content instanceof LargeMap ? content.head() : content
}

function numbersByTime(flat: readonly number[]): Map<number, number> {
  const numbers = new Map<number, number>()
  for (let index = 0; index < flat.length; index += 2) numbers.set(flat[index]!, flat[index + 1]!)
  return numbers
}
