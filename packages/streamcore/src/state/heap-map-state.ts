/** A map per key on the heap. */
import type { MapKey } from '../contracts/key.js'
import type { MapState } from '../contracts/state/state-handles.js'
import { stored } from '../serde/stored-value.js'
import type { KeyedEntries } from './keyed-entries.js'
import type { PutGuard } from './put-guard.js'

/** What the slot holds: a Map, and how many iterators and snapshots rely on it as it is. The next change copies it then. */
export class SharedMap<MK, MV> {
  readonly map: Map<MK, MV>
  readers = 0

  constructor(map: Map<MK, MV>) {
    this.map = map
  }
}

/** A slot that holds a Map, copied on write while somebody iterates over it. It is never empty: an empty one is cleared. */
export class HeapMapState<MK extends MapKey, MV> implements MapState<MK, MV> {
  readonly #entries: KeyedEntries
  readonly #slot: number
  readonly #guard: PutGuard

  constructor(entries: KeyedEntries, slot: number, guard: PutGuard) {
    this.#entries = entries
    this.#slot = slot
    this.#guard = guard
  }

  get(key: MK): MV | undefined {
    return this.#shared()?.map.get(key)
  }

  put(key: MK, value: MV): void {
    this.#guard.check(key, this.#entries.key)
    this.#guard.check(value, this.#entries.key)
    const map = this.#writable()
    if (map === undefined) this.#entries.write(this.#slot, new SharedMap(new Map([[key, value]])))
    else map.set(key, value)
  }

  has(key: MK): boolean {
    return this.#shared()?.map.has(key) ?? false
  }

  remove(key: MK): void {
    if (!this.has(key)) return
    const map = this.#writable()
    map?.delete(key)
    if (map?.size === 0) this.#entries.clear(this.#slot)
  }

  entries(): Iterable<readonly [MK, MV]> {
    const shared = this.#shared()
    return shared === undefined ? [] : new MapReader(shared, shared.map.entries())
  }

  keys(): Iterable<MK> {
    const shared = this.#shared()
    return shared === undefined ? [] : new MapReader(shared, shared.map.keys())
  }

  isEmpty(): boolean {
    return this.#shared() === undefined
  }

  clear(): void {
    this.#entries.clear(this.#slot)
  }

  #shared(): SharedMap<MK, MV> | undefined {
    return stored<SharedMap<MK, MV> | undefined>(this.#entries.read(this.#slot))
  }

  #writable(): Map<MK, MV> | undefined {
    // First, because a snapshot that saves the map now becomes its reader.
    this.#entries.touch()
    const shared = this.#shared()
    if (shared === undefined || shared.readers === 0) return shared?.map
    const copy = new SharedMap(new Map(shared.map))
    this.#entries.write(this.#slot, copy)
    return copy.map
  }
}

/** Iterates once over a map as it was; the map may be changed in place again when that is over. */
class MapReader<T> implements IterableIterator<T> {
  readonly #inner: Iterator<T>
  #shared: SharedMap<unknown, unknown> | undefined

  constructor(shared: SharedMap<unknown, unknown>, inner: Iterator<T>) {
    shared.readers++
    this.#shared = shared
    this.#inner = inner
  }

  next(): IteratorResult<T> {
    if (this.#shared === undefined) return { value: undefined, done: true }
    const result = this.#inner.next()
    if (result.done === true) this.#release()
    return result
  }

  return(): IteratorResult<T> {
    this.#release()
    return { value: undefined, done: true }
  }

  [Symbol.iterator](): this {
    return this
  }

  #release(): void {
    if (this.#shared !== undefined) this.#shared.readers--
    this.#shared = undefined
  }
}
