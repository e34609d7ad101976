/** A copy-on-write snapshot of a key-value backend: it walks through the store in pages while elements go on. */
import { assert } from '../../contracts/assert.js'
import type { KeyValueEntry } from '../../contracts/ports/key-value-store.js'
import type { KeyGroupRange } from '../../contracts/key-groups.js'
import type { KeyedSnapshot } from '../../contracts/state/keyed-state-backend.js'
import type { StateDescription } from '../../contracts/state/state-descriptors.js'
import { KeyedBlockWriter } from '../../serde/block-writer.js'
import { keyGroupOfKey } from '../../serde/key-bytes.js'
import { timeDomains, timerColumns } from '../state-columns.js'
import type { CachedEntries, CachedEntrySaver } from './cached-entries.js'
import type { CachedEntry } from './cached-entry.js'
import type { RowCodec } from './row-codec.js'
import { keyRows } from './row-keys.js'
import type { RowStore } from './row-store.js'

/** What a snapshot is taken of. */
export interface StoredSnapshotOptions {
  readonly uid: string
  readonly keyGroups: KeyGroupRange
  readonly descriptions: readonly StateDescription[]
  readonly entries: CachedEntries
  readonly rows: RowStore
  readonly codec: RowCodec
  /** Rows of the store read at a time. */
  readonly pageRows: number
  /** Called once, when the snapshot is written or given up. */
  readonly onEnd: () => void
}

/** Entries of the cache that need no saving cost so many times less than those that do. */
const skipsPerEntry = 16

/**
 * - `rows`: pages of the store are gone through
 * - `cache`: what never had a row is saved
 * - `over`: written or given up
 */
type Phase = 'rows' | 'cache' | 'over'

/**
 * Holds what existed when it was made. An entry is saved before its key becomes current or it leaves the cache; whoever saved
 * one leaves a row of a higher version, so that the walk through the rows, and after them through the cache, finds the others.
 */
export class StoredSnapshot implements KeyedSnapshot, CachedEntrySaver {
  readonly kind = 'full'
  readonly #options: StoredSnapshotOptions
  readonly #states: KeyedBlockWriter
  readonly #timers: KeyedBlockWriter
  #phase: Phase = 'rows'
  #page: readonly KeyValueEntry[] = []
  /** The next row of the page. */
  #next = 0
  /** The last row that was gone through. */
  #passed: string = keyRows.gte
  #reading: Promise<void> | undefined
  /** Rows that were written after the page was asked for: their entries were saved when they changed. */
  #outdated = new Set<string>()
  #walk: Iterator<CachedEntry> | undefined = undefined

  constructor(options: StoredSnapshotOptions) {
    const { uid, descriptions, entries } = options
    this.#options = options
    this.#states = new KeyedBlockWriter({ section: 'state', columns: descriptions, uid })
    this.#timers = new KeyedBlockWriter({ section: 'timers', columns: timerColumns, uid })
    entries.beginSnapshot(this)
    // What the cache let go before the snapshot must be in the rows.
    this.#reading = options.rows.flush().then(() => this.#readPage())
    this.#reading.catch(() => {})
  }

  writeSlice(maxEntries: number): boolean {
    assert(maxEntries >= 1, 'a slice has at least one entry')
    this.#options.rows.assertUsable()
    let budget = maxEntries
    if (this.#phase === 'rows') budget = this.#saveRows(budget)
    if (this.#phase === 'cache') this.#saveCache(budget)
    return this.#phase === 'over'
  }

  waitsFor(): Promise<void> | undefined {
    return this.#phase === 'rows' ? this.#reading : undefined
  }

  takeBlocks(): readonly Uint8Array[] {
    return [...this.#states.takeBlocks(), ...this.#timers.takeBlocks()]
  }

  abort(): void {
    if (this.#phase !== 'over') this.#end()
  }

  save(entry: CachedEntry): void {
    const { start, end } = this.#options.keyGroups
    if (entry.keyGroup < 0) entry.keyGroup = keyGroupOfKey(entry.key)
    const { key, keyGroup } = entry
    assert(
      keyGroup >= start && keyGroup <= end,
      `key group ${keyGroup} belongs to this subtask (${start} to ${end})`,
    )
    if (entry.holdsState) this.#states.add(keyGroup, key, this.#options.codec.cells(entry))
    for (const [index, domain] of timeDomains.entries()) {
      for (const timestampMs of entry.timers(domain)?.keys() ?? []) {
        this.#timers.add(keyGroup, key, [index, timestampMs])
      }
    }
  }

  rowChanges(row: string): void {
    this.#outdated.add(row)
  }

  hasPassed(row: string): boolean {
    return this.#phase === 'cache' || row <= this.#passed
  }

  /** Gives what is left of the budget. */
  #saveRows(max: number): number {
    if (this.#reading !== undefined) return 0
    const end = Math.min(this.#page.length, this.#next + max)
    const budget = max - (end - this.#next)
    for (; this.#next < end; this.#next++) {
      const { key: row, value } = this.#page[this.#next]!
      this.#passed = row
      if (!this.#outdated.has(row)) this.#options.entries.saveRow(value)
    }
    if (this.#next < this.#page.length) return 0
    if (this.#page.length < this.#options.pageRows) {
      this.#phase = 'cache'
      this.#page = []
      this.#walk = this.#options.entries.cached()
      return budget
    }
    this.#reading = this.#readPage()
    this.#reading.catch(() => {})
    return 0
  }

  #saveCache(max: number): void {
    for (let budget = max * skipsPerEntry; budget > 0; ) {
      const next = this.#walk?.next()
      if (next === undefined || next.done === true) {
        this.#states.flush()
        this.#timers.flush()
        this.#end()
        return
      }
      budget -= this.#options.entries.saveOnce(next.value) ? skipsPerEntry : 1
    }
  }

  async #readPage(): Promise<void> {
    const { rows, pageRows } = this.#options
    this.#outdated = rows.waitingRows()
    // The first name that can follow.
    const gte = `${this.#passed}\u0000`
    this.#page = await rows.page({ gte, lt: keyRows.lt, limit: pageRows })
    this.#next = 0
    this.#reading = undefined
  }

  #end(): void {
    this.#phase = 'over'
    this.#page = []
    this.#outdated.clear()
    this.#options.entries.endSnapshot()
    this.#options.onEnd()
  }
}
