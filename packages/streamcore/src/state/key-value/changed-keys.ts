/** The keys that have changed since the last durable snapshot, in rows of the store: memory does not grow with their number. */
import type { Key } from '../../contracts/key.js'
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import { changedKeysPrefix, changedKeysRow } from './row-keys.js'
import { lostRow } from './collections.js'
import type { RowStore } from './row-store.js'

/** Some keys: at hand, or in a row. */
export type ChangedKeysPage = { readonly keys: readonly Key[] } | { readonly row: string }

/** What has changed between two snapshots. */
interface Generation {
  readonly number: number
  pages: number
  /** Those not in a page yet. */
  keys: Key[]
}

/** Options of {@link ChangedKeys}. */
export interface ChangedKeysOptions {
  readonly rows: RowStore
  readonly uid: string
  /** Keys of a row. */
  readonly pageKeys: number
}

/** A key may occur again and again: whoever reads them knows by its version what became of it. */
export class ChangedKeys {
  readonly #options: ChangedKeysOptions
  #open: Generation = { number: 1, pages: 0, keys: [] }
  /** Not told by a durable snapshot yet. */
  #closed: Generation[] = []

  constructor(options: ChangedKeysOptions) {
    this.#options = options
  }

  add(key: Key): void {
    const { keys } = this.#open
    keys.push(key)
    if (keys.length >= this.#options.pageKeys) this.#store(this.#open)
  }

  /** A snapshot begins: all that it has to look at. What is added from now on is for the next one. */
  begin(): readonly ChangedKeysPage[] {
    // However many checkpoints fail: only the newest generation has keys in memory.
    for (const failed of this.#closed) if (failed.keys.length > 0) this.#store(failed)
    if (this.#open.pages > 0 || this.#open.keys.length > 0) this.#closed.push(this.#open)
    this.#open = { number: this.#open.number + 1, pages: 0, keys: [] }
    return this.#closed.flatMap(({ number, pages, keys }) => [
      ...Array.from({ length: pages }, (_, page) => ({ row: changedKeysRow(number, page) })),
      ...(keys.length === 0 ? [] : [{ keys }]),
    ])
  }

  /** What the last snapshot has looked at is told for good. */
  durable(): void {
    for (const { number, pages } of this.#closed)
      if (pages > 0) this.#options.rows.drop(changedKeysPrefix(number))
    this.#closed = []
  }

  /** The keys of a page. */
  async read(page: ChangedKeysPage): Promise<readonly Key[]> {
    if ('keys' in page) return page.keys
    const [bytes] = await this.#options.rows.getMany([page.row])
    if (bytes === undefined) throw lostRow(page.row)
    return decodeValue<Key[]>(bytes)
  }

  #store(generation: Generation): void {
    const { rows, uid } = this.#options
    const row = changedKeysRow(generation.number, generation.pages++)
    rows.put(row, encodeValue(generation.keys, { what: 'changed keys', uid }))
    generation.keys = []
  }
}
