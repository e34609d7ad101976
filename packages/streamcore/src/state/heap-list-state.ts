/** A list per key on the heap. */
import type { ListState } from '../contracts/state/state-handles.js'
import { stored } from '../serde/stored-value.js'
import type { KeyedEntries } from './keyed-entries.js'
import { ListView } from './list-view.js'
import type { PutGuard } from './put-guard.js'

/**
 * A slot that holds an array which only grows: `clear` and `update` take another array. So the first `length` elements of
 * an array handed out never change, and nothing has to be copied for `get` or for a snapshot.
 */
export class HeapListState<T> implements ListState<T> {
  readonly #entries: KeyedEntries
  readonly #slot: number
  readonly #guard: PutGuard

  constructor(entries: KeyedEntries, slot: number, guard: PutGuard) {
    this.#entries = entries
    this.#slot = slot
    this.#guard = guard
  }

  get(): Iterable<T> {
    const list = this.#list()
    return list === undefined ? noElements : new ListView(list, list.length)
  }

  add(value: T): void {
    this.#guard.check(value, this.#entries.key)
    const list = this.#list()
    if (list === undefined) this.#entries.write(this.#slot, [value])
    else {
      this.#entries.touch()
      list.push(value)
    }
  }

  update(values: Iterable<T>): void {
    const list = [...values]
    for (const value of list) this.#guard.check(value, this.#entries.key)
    if (list.length === 0) this.#entries.clear(this.#slot)
    else this.#entries.write(this.#slot, list)
  }

  clear(): void {
    this.#entries.clear(this.#slot)
  }

  #list(): T[] | undefined {
    return stored<T[] | undefined>(this.#entries.read(this.#slot))
  }
}

/** Nothing, as the same class of iterable: loops over lists see one kind. */
const noElements = new ListView<never>([], 0)
