/** A folded value per key that expires. */
import type { ReducingState } from '../../contracts/state/state-handles.js'
import type { Stamped } from './stamped.js'
import type { StateLife, TtlHandle } from './state-life.js'

/** What the backend folds: undefined clears it. */
type Folded<T> = Stamped<T> | undefined

/** A reducing state of accumulators with their times. */
export class TtlReducingState<T> implements ReducingState<T>, TtlHandle {
  readonly #inner: ReducingState<Folded<T>>
  readonly #life: StateLife

  /** `bind` gives the state of the backend, which has to fold with what it is given. */
  constructor(
    bind: (reduce: (accumulator: Folded<T>, added: Folded<T>) => Folded<T>) => ReducingState<Folded<T>>,
    reduce: (accumulator: T, value: T) => T,
    life: StateLife,
  ) {
    this.#life = life
    this.#inner = bind((accumulator, added) => {
      if (accumulator === undefined || added === undefined) return added
      const [, nowMs] = added
      // Added to itself: it is only used again.
      if (accumulator === added) return [accumulator[0], life.nowMs()]
      // Nothing is added to what has expired, whether it may still be seen or not.
      if (life.isExpired(accumulator, nowMs)) return added
      const reduced = reduce(accumulator[0], added[0])
      if (reduced === undefined) return undefined
      life.check(reduced)
      return [reduced, nowMs]
    })
  }

  get(): T | undefined {
    const stamped = this.#inner.get()
    if (stamped === undefined) return undefined
    const nowMs = this.#life.nowMs()
    if (this.#life.isExpired(stamped, nowMs)) {
      if (this.#life.mayChange) this.#inner.clear()
      return this.#life.returnsExpired ? stamped[0] : undefined
    }
    if (this.#life.isProlonged(stamped, nowMs)) this.#inner.add(stamped)
    return stamped[0]
  }

  add(value: T): void {
    this.#inner.add(this.#life.stamp(value))
  }

  clear(): void {
    this.#inner.clear()
  }

  removeExpired(nowMs: number): number {
    const stamped = this.#inner.get()
    if (stamped === undefined) return Number.POSITIVE_INFINITY
    if (!this.#life.isExpired(stamped, nowMs)) return stamped[1]
    this.#inner.clear()
    return Number.POSITIVE_INFINITY
  }
}
