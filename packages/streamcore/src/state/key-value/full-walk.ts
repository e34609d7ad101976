/** The walk of a full snapshot: through the store in pages, then through the cache for what never had a row. */
import type { KeyValueEntry } from '../../contracts/ports/key-value-store.js'
import type { CachedEntries } from './cached-entries.js'
import type { CachedEntry } from './cached-entry.js'
import { keyRows } from './row-keys.js'
import type { RowStore } from './row-store.js'
import type { SnapshotWalk } from './snapshot-walk.js'

/** Options of {@link FullWalk}. */
export interface FullWalkOptions {
  readonly entries: CachedEntries
  readonly rows: RowStore
  /** Rows read at a time. */
  readonly pageRows: number
}

/** Entries of the cache that need no saving cost so many times less than those that do. */
const skipsPerEntry = 16

/** Whoever saves an entry before the walk comes to it leaves a row of a higher version. */
export class FullWalk implements SnapshotWalk {
  readonly #options: FullWalkOptions
  #page: readonly KeyValueEntry[] = []
  /** The next row of the page. */
  #next = 0
  /** The last row that was gone through. */
  #passed: string = keyRows.gte
  #reading: Promise<void> | undefined
  /** Rows that were written after the page was asked for: their entries were saved when they changed. */
  readonly #outdated = new Set<string>()
  /** Rows that were still to be written then. */
  #hadToWait: (row: string) => boolean = () => false
  /** Set once all rows are gone through. */
  #cached: Iterator<CachedEntry> | undefined = undefined

  constructor(options: FullWalkOptions) {
    this.#options = options
    // What the cache let go before the snapshot must be in the rows.
    this.#reading = options.rows.flush().then(() => this.#readPage())
    this.#reading.catch(() => {})
  }

  goOn(maxEntries: number): boolean {
    const budget = this.#cached === undefined ? this.#saveRows(maxEntries) : maxEntries
    return this.#cached !== undefined && this.#saveCached(this.#cached, budget)
  }

  waitsFor(): Promise<void> | undefined {
    return this.#cached === undefined ? this.#reading : undefined
  }

  rowChanges(row: string): void {
    this.#outdated.add(row)
  }

  hasPassed(row: string): boolean {
    return this.#cached !== undefined || row <= this.#passed
  }

  /** Gives what is left of the budget. */
  #saveRows(max: number): number {
    if (this.#reading !== undefined) return 0
    const { entries, pageRows } = this.#options
    const end = Math.min(this.#page.length, this.#next + max)
    const budget = max - (end - this.#next)
    for (; this.#next < end; this.#next++) {
      const { key: row, value } = this.#page[this.#next]!
      this.#passed = row
      if (!this.#outdated.has(row) && !this.#hadToWait(row)) entries.saveRow(row, value)
    }
    if (this.#next < this.#page.length) return 0
    if (this.#page.length < pageRows) {
      this.#page = []
      this.#cached = entries.cached()
      return budget
    }
    this.#reading = this.#readPage()
    this.#reading.catch(() => {})
    return 0
  }

  /** Whether everything is saved. */
  #saveCached(cached: Iterator<CachedEntry>, max: number): boolean {
    for (let budget = max * skipsPerEntry; budget > 0; ) {
      const next = cached.next()
      if (next.done === true) return true
      budget -= this.#options.entries.saveOnce(next.value) ? skipsPerEntry : 1
    }
    return false
  }

  async #readPage(): Promise<void> {
    const { rows, pageRows } = this.#options
    this.#outdated.clear()
    this.#hadToWait = rows.whatWaits()
    // The first name that can follow.
    const gte = `${this.#passed}\u0000`
    this.#page = await rows.page({ gte, lt: keyRows.lt, limit: pageRows })
    this.#next = 0
    this.#reading = undefined
  }
}
