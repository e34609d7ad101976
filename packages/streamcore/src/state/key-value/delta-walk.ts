/** The walk of a delta: through the keys that have changed since the last durable snapshot, page by page. */
import type { Key } from '../../contracts/key.js'
import type { CachedEntries } from './cached-entries.js'
import type { ChangedKeys, ChangedKeysPage } from './changed-keys.js'
import { keyRow } from './row-keys.js'
import type { RowStore } from './row-store.js'
import type { SnapshotWalk } from './snapshot-walk.js'

/** Options of {@link DeltaWalk}. */
export interface DeltaWalkOptions {
  readonly entries: CachedEntries
  readonly rows: RowStore
  readonly changedKeys: ChangedKeys
  readonly pages: readonly ChangedKeysPage[]
}

/** A key that occurs twice may be saved twice, then with the same content: what changes in between is saved before and skipped. */
export class DeltaWalk implements SnapshotWalk {
  readonly #options: DeltaWalkOptions
  #keys: readonly Key[] = []
  /** The rows of those that were not in the cache when they were asked for. */
  #rows: ReadonlyMap<string, Uint8Array> = new Map()
  /** The next key. */
  #next = 0
  #nextPage = 0
  #reading: Promise<void> | undefined
  /** Rows that were written after they were asked for: their entries were saved when they changed. */
  readonly #outdated = new Set<string>()
  /** Rows that were still to be written then. */
  #hadToWait: (row: string) => boolean = () => false

  constructor(options: DeltaWalkOptions) {
    this.#options = options
    // What the cache let go before the snapshot must be in the rows.
    this.#reading = options.rows.flush().then(() => this.#readPage())
    this.#reading.catch(() => {})
  }

  goOn(maxEntries: number): boolean {
    if (this.#reading !== undefined) return false
    const end = Math.min(this.#keys.length, this.#next + maxEntries)
    for (; this.#next < end; this.#next++) this.#save(this.#keys[this.#next]!)
    if (this.#next < this.#keys.length) return false
    if (this.#nextPage >= this.#options.pages.length) return true
    this.#reading = this.#readPage()
    this.#reading.catch(() => {})
    return false
  }

  waitsFor(): Promise<void> | undefined {
    return this.#reading
  }

  rowChanges(row: string): void {
    this.#outdated.add(row)
  }

  hasPassed(_row: string): boolean {
    return false
  }

  #save(key: Key): void {
    const { entries } = this.#options
    const cached = entries.cachedEntry(key)
    if (cached !== undefined) {
      entries.saveOnce(cached)
      return
    }
    const row = keyRow(key)
    const found = this.#rows.get(row)
    const isOutdated = this.#outdated.has(row) || this.#hadToWait(row)
    if (found !== undefined && !isOutdated) entries.saveRow(row, found)
  }

  async #readPage(): Promise<void> {
    const { entries, rows, changedKeys, pages } = this.#options
    const page = pages[this.#nextPage++]
    const keys = page === undefined ? [] : await changedKeys.read(page)
    this.#outdated.clear()
    this.#hadToWait = rows.whatWaits()
    const names = keys.filter((key) => entries.cachedEntry(key) === undefined).map(keyRow)
    const values = names.length === 0 ? [] : await rows.getMany(names)
    const found = new Map<string, Uint8Array>()
    for (const [index, row] of names.entries()) {
      const value = values[index]
      if (value !== undefined) found.set(row, value)
    }
    this.#keys = keys
    this.#rows = found
    this.#next = 0
    this.#reading = undefined
  }
}
