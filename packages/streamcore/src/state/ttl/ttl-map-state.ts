/** A map per key whose entries expire one by one. */
import type { MapKey } from '../../contracts/key.js'
import type { MapState } from '../../contracts/state/state-handles.js'
import type { Stamped } from './stamped.js'
import type { StateLife, TtlHandle } from './state-life.js'

/** A map state of values with their times. */
export class TtlMapState<MK extends MapKey, MV> implements MapState<MK, MV>, TtlHandle {
  readonly #inner: MapState<MK, Stamped<MV>>
  readonly #life: StateLife

  constructor(inner: MapState<MK, Stamped<MV>>, life: StateLife) {
    this.#inner = inner
    this.#life = life
  }

  get(key: MK): MV | undefined {
    return this.#read(key)?.[0]
  }

  put(key: MK, value: MV): void {
    this.#life.check(key)
    this.#inner.put(key, this.#life.stamp(value))
  }

  has(key: MK): boolean {
    return this.#read(key) !== undefined
  }

  remove(key: MK): void {
    this.#inner.remove(key)
  }

  entries(): Iterable<readonly [MK, MV]> {
    return this.#readAll().map(([key, [value]]) => [key, value])
  }

  keys(): Iterable<MK> {
    return this.#readAll().map(([key]) => key)
  }

  isEmpty(): boolean {
    if (this.#life.returnsExpired || this.#inner.isEmpty()) return this.#inner.isEmpty()
    const nowMs = this.#life.nowMs()
    for (const [, stamped] of this.#inner.entries()) if (!this.#life.isExpired(stamped, nowMs)) return false
    if (this.#life.mayChange) this.#inner.clear()
    return true
  }

  clear(): void {
    this.#inner.clear()
  }

  removeExpired(nowMs: number): number {
    let oldestMs = Number.POSITIVE_INFINITY
    for (const [key, stamped] of this.#inner.entries()) {
      if (this.#life.isExpired(stamped, nowMs)) this.#inner.remove(key)
      else oldestMs = Math.min(oldestMs, stamped[1])
    }
    return oldestMs
  }

  /** Reads one entry; undefined when it is not there, or may not be seen. */
  #read(key: MK): Stamped<MV> | undefined {
    const stamped = this.#inner.get(key)
    if (stamped === undefined) return undefined
    const nowMs = this.#life.nowMs()
    if (this.#life.isExpired(stamped, nowMs)) {
      if (this.#life.mayChange) this.#inner.remove(key)
      return this.#life.returnsExpired ? stamped : undefined
    }
    if (this.#life.isProlonged(stamped, nowMs)) this.#inner.put(key, [stamped[0], nowMs])
    return stamped
  }

  #readAll(): (readonly [MK, Stamped<MV>])[] {
    const nowMs = this.#life.nowMs()
    const seen: (readonly [MK, Stamped<MV>])[] = []
    for (const entry of this.#inner.entries()) {
      const [key, stamped] = entry
      const hasExpired = this.#life.isExpired(stamped, nowMs)
      if (!hasExpired || this.#life.returnsExpired) seen.push(entry)
      if (hasExpired && this.#life.mayChange) this.#inner.remove(key)
      if (!hasExpired && this.#life.isProlonged(stamped, nowMs)) this.#inner.put(key, [stamped[0], nowMs])
    }
    return seen
  }
}
