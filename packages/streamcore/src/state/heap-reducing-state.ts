/** A folded value per key on the heap. */
import type { ReducingState } from '../contracts/state/state-handles.js'
import { stored } from '../serde/stored-value.js'
import type { CurrentSlots } from './current-slots.js'
import type { PutGuard } from './put-guard.js'

/** How a reducing state is made. */
export interface HeapReducingStateOptions<T> {
  readonly entries: CurrentSlots
  readonly slot: number
  readonly guard: PutGuard
  readonly reduce: (accumulator: T, value: T) => T
}

/** A slot that holds the accumulator; `reduce` may change it in place, so a snapshot copies it. */
export class HeapReducingState<T> implements ReducingState<T> {
  readonly #entries: CurrentSlots
  readonly #slot: number
  readonly #guard: PutGuard
  readonly #reduce: (accumulator: T, value: T) => T

  constructor({ entries, slot, guard, reduce }: HeapReducingStateOptions<T>) {
    this.#entries = entries
    this.#slot = slot
    this.#guard = guard
    this.#reduce = reduce
  }

  get(): T | undefined {
    return stored<T | undefined>(this.#entries.read(this.#slot))
  }

  add(value: T): void {
    const accumulator = this.get()
    // Before `reduce` can change it in place.
    this.#entries.touch()
    const reduced = accumulator === undefined ? value : this.#reduce(accumulator, value)
    if (reduced === undefined) {
      this.#entries.clear(this.#slot)
      return
    }
    if (typeof reduced !== 'number') this.#guard.check(reduced, this.#entries.key)
    this.#entries.write(this.#slot, reduced)
  }

  clear(): void {
    this.#entries.clear(this.#slot)
  }
}
