/** A list per key in a key-value backend. */
import type { ListState } from '../../contracts/state/state-handles.js'
import { stored } from '../../serde/stored-value.js'
import { ListView } from '../list-view.js'
import type { PutGuard } from '../put-guard.js'
import type { CachedEntries } from './cached-entries.js'
import type { Collections } from './collections.js'
import { StoredList } from './stored-list.js'

/** How a list state is made. */
export interface StoredListStateOptions {
  readonly entries: CachedEntries
  readonly collections: Collections
  readonly slot: number
  readonly guard: PutGuard
}

/** A slot that holds a {@link StoredList}; it is never empty: an empty one is cleared. */
export class StoredListState<T> implements ListState<T> {
  readonly #entries: CachedEntries
  readonly #collections: Collections
  readonly #slot: number
  readonly #guard: PutGuard

  constructor({ entries, collections, slot, guard }: StoredListStateOptions) {
    this.#entries = entries
    this.#collections = collections
    this.#slot = slot
    this.#guard = guard
  }

  get(): Iterable<T> {
    const list = this.#list()
    if (list === undefined) return []
    // A long list is read at once: its chunks are gone when it is cleared while somebody iterates.
    const elements = stored<readonly T[]>(list.elements())
    return new ListView(elements, elements.length)
  }

  add(value: T): void {
    const { key } = this.#entries
    this.#guard.check(value, key)
    const list = this.#list()
    if (list === undefined) {
      this.#entries.write(this.#slot, new StoredList(this.#collections, [value]))
      return
    }
    this.#entries.changing()
    list.add(value, this.#guard.place(key))
  }

  update(values: Iterable<T>): void {
    const { key } = this.#entries
    const elements = [...values]
    for (const value of elements) this.#guard.check(value, key)
    this.#entries.clear(this.#slot)
    if (elements.length === 0) return
    this.#entries.write(this.#slot, StoredList.of(this.#collections, elements, this.#guard.place(key)))
  }

  clear(): void {
    this.#entries.clear(this.#slot)
  }

  #list(): StoredList | undefined {
    return stored<StoredList | undefined>(this.#entries.read(this.#slot))
  }
}
