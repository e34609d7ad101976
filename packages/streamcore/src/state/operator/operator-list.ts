/** A list of one subtask, without a key. */
import type { BoundOperatorState } from '../../contracts/state/operator-state.js'
import type { ListState } from '../../contracts/state/state-handles.js'
import { ListView } from '../list-view.js'
import type { PutGuard } from '../put-guard.js'

/**
 * Its array only grows; `update` and `clear` take another one. So the first elements of an array never change, and
 * neither a reader nor a snapshot has to copy it.
 */
export class OperatorList<T> implements ListState<T> {
  readonly state: BoundOperatorState
  readonly #guard: PutGuard
  #list: T[] = []

  constructor(state: BoundOperatorState, guard: PutGuard) {
    this.state = state
    this.#guard = guard
  }

  get(): Iterable<T> {
    return new ListView(this.#list, this.#list.length)
  }

  add(value: T): void {
    this.#guard.check(value, undefined)
    this.#list.push(value)
  }

  update(values: Iterable<T>): void {
    const list = [...values]
    for (const value of list) this.#guard.check(value, undefined)
    this.#list = list
  }

  clear(): void {
    if (this.#list.length > 0) this.#list = []
  }

  /** What a snapshot writes; stays as it is now. */
  elements(): Iterable<T> {
    return this.get()
  }

  /** An element of the checkpoint. */
  restore(element: T): void {
    this.#list.push(element)
  }
}
