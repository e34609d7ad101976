/** A list per key whose elements expire one by one. */
import type { ListState } from '../../contracts/state/state-handles.js'
import type { Stamped } from './stamped.js'
import type { StateLife, TtlHandle } from './state-life.js'

/** A list state of elements with their times. */
export class TtlListState<T> implements ListState<T>, TtlHandle {
  readonly #inner: ListState<Stamped<T>>
  readonly #life: StateLife

  constructor(inner: ListState<Stamped<T>>, life: StateLife) {
    this.#inner = inner
    this.#life = life
  }

  get(): Iterable<T> {
    const nowMs = this.#life.nowMs()
    const all = [...this.#inner.get()]
    const live = this.#live(all, nowMs)
    if (live.some((stamped) => this.#life.isProlonged(stamped, nowMs)))
      this.#inner.update(live.map(([value]) => [value, nowMs]))
    else if (live.length < all.length && this.#life.mayChange) this.#inner.update(live)
    return (this.#life.returnsExpired ? all : live).map(([value]) => value)
  }

  add(value: T): void {
    this.#inner.add(this.#life.stamp(value))
  }

  update(values: Iterable<T>): void {
    // Nothing is replaced before all that replaces it has been checked.
    this.#inner.update(Array.from(values, (value) => this.#life.stamp(value)))
  }

  clear(): void {
    this.#inner.clear()
  }

  removeExpired(nowMs: number): number {
    const all = [...this.#inner.get()]
    const live = this.#live(all, nowMs)
    if (live.length < all.length) this.#inner.update(live)
    return live.reduce((oldestMs, [, lastUsedMs]) => Math.min(oldestMs, lastUsedMs), Number.POSITIVE_INFINITY)
  }

  #live(all: readonly Stamped<T>[], nowMs: number): readonly Stamped<T>[] {
    return all.filter((stamped) => !this.#life.isExpired(stamped, nowMs))
  }
}
