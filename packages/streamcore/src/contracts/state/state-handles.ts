/** The handles through which a process function reads and writes the state of its current key. All access is synchronous. */

/** One value per key. Values are immutable: `update` with a new one. */
export interface ValueState<T> {
  value(): T | undefined
  update(value: T): void
  clear(): void
}

/** A list per key, in order of insertion. */
export interface ListState<T> {
  /** Iterates the list as it was at the call. */
  get(): Iterable<T>
  add(value: T): void
  update(values: Iterable<T>): void
  clear(): void
}

/** A map per key. */
export interface MapState<MK, MV> {
  get(key: MK): MV | undefined
  put(key: MK, value: MV): void
  has(key: MK): boolean
  remove(key: MK): void
  /** Iterates the entries as they were at the call. */
  entries(): Iterable<readonly [MK, MV]>
  keys(): Iterable<MK>
  isEmpty(): boolean
  clear(): void
}

/** A value per key that `add` folds into (reduce and aggregate). The accumulator belongs to the engine. */
export interface ReducingState<T> {
  get(): T | undefined
  add(value: T): void
  clear(): void
}
