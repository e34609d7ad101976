/** A map per key in a key-value backend. */
import type { MapKey } from '../../contracts/key.js'
import type { MapState } from '../../contracts/state/state-handles.js'
import { stored } from '../../serde/stored-value.js'
import type { PutGuard } from '../put-guard.js'
import type { CachedEntries } from './cached-entries.js'
import { LargeMap } from './large-map.js'
import { largeMapSize, type RowCodec } from './row-codec.js'

/** How a map state is made. */
export interface StoredMapStateOptions {
  readonly entries: CachedEntries
  readonly codec: RowCodec
  readonly slot: number
  readonly guard: PutGuard
}

/** A slot that holds a Map, or a {@link LargeMap} once it has grown. It is never empty: an empty one is cleared. */
export class StoredMapState<MK extends MapKey, MV> implements MapState<MK, MV> {
  readonly #entries: CachedEntries
  readonly #codec: RowCodec
  readonly #slot: number
  readonly #guard: PutGuard

  constructor({ entries, codec, slot, guard }: StoredMapStateOptions) {
    this.#entries = entries
    this.#codec = codec
    this.#slot = slot
    this.#guard = guard
  }

  get(key: MK): MV | undefined {
    return stored<MV | undefined>(this.#map()?.get(key))
  }

  put(key: MK, value: MV): void {
    const current = this.#entries.key
    this.#guard.check(key, current)
    this.#guard.check(value, current)
    const map = this.#map()
    const place = this.#guard.place(current)
    if (map === undefined) {
      this.#entries.write(this.#slot, new Map([[key, value]]))
      return
    }
    this.#entries.changing()
    map.set(key, value, place)
    if (map instanceof Map && map.size >= largeMapSize) {
      this.#entries.write(this.#slot, this.#codec.enlarge(map, place))
    }
  }

  has(key: MK): boolean {
    return this.#map()?.has(key) ?? false
  }

  remove(key: MK): void {
    const map = this.#map()
    if (map === undefined || !map.has(key)) return
    this.#entries.changing()
    map.delete(key, this.#guard.place(this.#entries.key))
    if (map.size === 0) this.#entries.clear(this.#slot)
  }

  entries(): Iterable<readonly [MK, MV]> {
    return [...this.#entriesNow()]
  }

  keys(): Iterable<MK> {
    return [...this.#entriesNow().keys()]
  }

  isEmpty(): boolean {
    return this.#map() === undefined
  }

  clear(): void {
    this.#entries.clear(this.#slot)
  }

  #entriesNow(): ReadonlyMap<MK, MV> {
    const map = this.#map()
    return stored<ReadonlyMap<MK, MV>>(map instanceof LargeMap ? map.toMap() : (map ?? new Map()))
  }

  #map(): SmallMap | LargeMap | undefined {
    return stored<SmallMap | LargeMap | undefined>(this.#entries.read(this.#slot))
  }
}

/** A Map as it is called here: what it does not need it ignores. */
type SmallMap = Map<MapKey, unknown> & {
  set(key: MapKey, value: unknown, place: unknown): unknown
  delete(key: MapKey, place: unknown): unknown
}
