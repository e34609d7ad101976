/** Rows of keys: states, timers and the version of an entry as bytes and back. */
import type { Key, MapKey } from '../../contracts/key.js'
import type { StateKind } from '../../contracts/state/state-descriptors.js'
import { assertSerializable, type ValuePlace } from '../../serde/serializable.js'
import { stored } from '../../serde/stored-value.js'
import { cloneValue, decodeValue, encodeValue } from '../../serde/value-codec.js'
import { readSlot, writeSlot } from '../entry.js'
import type { PutGuard } from '../put-guard.js'
import type { CachedEntry, TimerNumbers } from './cached-entry.js'
import type { Collections } from './collections.js'
import { LargeMap, type LargeMapHead } from './large-map.js'
import { type LargeListHead, StoredList } from './stored-list.js'

/** A state as the codec needs it. */
export interface CodedState {
  readonly kind: StateKind
  readonly guard: PutGuard
}

/** Timers as times and numbers in turn; left out where there are none. */
type Row = [
  key: Key,
  version: number,
  cells: readonly unknown[],
  event?: readonly number[],
  processing?: readonly number[],
  eventCleanups?: readonly number[],
  processingCleanups?: readonly number[],
]

/** A row whose cells are not looked at yet. */
export interface DecodedRow {
  readonly key: Key
  readonly version: number
  readonly cells: readonly unknown[]
  readonly event: readonly number[]
  readonly processing: readonly number[]
  readonly eventCleanups: readonly number[]
  readonly processingCleanups: readonly number[]
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
    const cells = this.#states.map((_, slot) => headOf(readSlot(entry, slot)))
    const row: Row = [entry.key, entry.version, cells]
    const { event, processing, eventCleanups, processingCleanups } = entry
    const hasCleanups = eventCleanups !== undefined || processingCleanups !== undefined
    if (hasCleanups || event !== undefined || processing !== undefined)
      row.push(flat(event), flat(processing))
    if (hasCleanups) row.push(flat(eventCleanups), flat(processingCleanups))
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
    const [key, version, cells, event = [], processing = [], eventCleanups = [], processingCleanups = []] =
      decodeValue<Row>(bytes)
    return { key, version, cells, event, processing, eventCleanups, processingCleanups }
  }

  /** Gives an entry what its row holds. */
  fill(entry: CachedEntry, row: DecodedRow): void {
    const { version, cells, event, processing, eventCleanups, processingCleanups } = row
    entry.version = version
    for (const [slot, { kind }] of this.#states.entries())
      writeSlot(entry, slot, this.#content(kind, cells[slot]))
    if (event.length > 0) entry.event = timerNumbers(event)
    if (processing.length > 0) entry.processing = timerNumbers(processing)
    if (eventCleanups.length > 0) entry.eventCleanups = timerNumbers(eventCleanups)
    if (processingCleanups.length > 0) entry.processingCleanups = timerNumbers(processingCleanups)
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

function flat(numbers: TimerNumbers | undefined): readonly number[] {
  return [...(numbers ?? [])].flat()
}

function timerNumbers(flat: readonly number[]): TimerNumbers {
  const numbers: TimerNumbers = new Map()
  for (let index = 0; index < flat.length; index += 2) numbers.set(flat[index]!, flat[index + 1]!)
  return numbers
}
