/** A value per key on the heap. */
import type { ValueState } from '../contracts/state/state-handles.js'
import { stored } from '../serde/stored-value.js'
import type { CurrentSlots } from './current-slots.js'
import type { PutGuard } from './put-guard.js'

/** A slot that holds the value itself. */
export class HeapValueState<T> implements ValueState<T> {
  readonly #entries: CurrentSlots
  readonly #slot: number
  readonly #guard: PutGuard

  constructor(entries: CurrentSlots, slot: number, guard: PutGuard) {
    this.#entries = entries
    this.#slot = slot
    this.#guard = guard
  }

  value(): T | undefined {
    return stored<T | undefined>(this.#entries.read(this.#slot))
  }

  update(value: T): void {
    if (value === undefined) {
      this.#entries.clear(this.#slot)
      return
    }
    if (typeof value !== 'number') this.#guard.check(value, this.#entries.key)
    this.#entries.write(this.#slot, value)
  }

  clear(): void {
    this.#entries.clear(this.#slot)
  }
}
