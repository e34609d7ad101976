/** A value per key that expires. */
import type { ValueState } from '../../contracts/state/state-handles.js'
import type { Stamped } from './stamped.js'
import type { StateLife, TtlHandle } from './state-life.js'

/** A value state of values with their times. */
export class TtlValueState<T> implements ValueState<T>, TtlHandle {
  readonly #inner: ValueState<Stamped<T>>
  readonly #life: StateLife

  constructor(inner: ValueState<Stamped<T>>, life: StateLife) {
    this.#inner = inner
    this.#life = life
  }

  value(): T | undefined {
    const stamped = this.#inner.value()
    if (stamped === undefined) return undefined
    const nowMs = this.#life.nowMs()
    if (this.#life.isExpired(stamped, nowMs)) {
      if (this.#life.mayChange) this.#inner.clear()
      return this.#life.returnsExpired ? stamped[0] : undefined
    }
    if (this.#life.isProlonged(stamped, nowMs)) this.#inner.update([stamped[0], nowMs])
    return stamped[0]
  }

  update(value: T): void {
    if (value === undefined) this.#inner.clear()
    else this.#inner.update(this.#life.stamp(value))
  }

  clear(): void {
    this.#inner.clear()
  }

  removeExpired(nowMs: number): number {
    const stamped = this.#inner.value()
    if (stamped === undefined) return Number.POSITIVE_INFINITY
    if (!this.#life.isExpired(stamped, nowMs)) return stamped[1]
    this.#inner.clear()
    return Number.POSITIVE_INFINITY
  }
}
