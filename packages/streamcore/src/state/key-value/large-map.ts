/** A map whose entries are rows of their own, linked in order of insertion, so that it iterates like a Map. */
import type { MapKey } from '../../contracts/key.js'
import type { ValuePlace } from '../../serde/serializable.js'
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import type { Collections } from './collections.js'
import { mapPrefix, mapRow } from './row-keys.js'

/** How a large map stands in the row of its key; a small one is a Map there. */
export interface LargeMapHead {
  readonly id: number
  readonly size: number
  readonly first: MapKey | undefined
  readonly last: MapKey | undefined
}

/** A value and its neighbours. */
type Link = [before: MapKey | undefined, after: MapKey | undefined, value: unknown]

/** Every access reads and writes a few rows, whatever the size. */
export class LargeMap {
  readonly #collections: Collections
  readonly #id: number
  #size = 0
  #first: MapKey | undefined = undefined
  #last: MapKey | undefined = undefined

  constructor(collections: Collections, head?: LargeMapHead) {
    this.#collections = collections
    this.#id = head?.id ?? collections.nextId()
    if (head === undefined) return
    this.#size = head.size
    this.#first = head.first
    this.#last = head.last
  }

  get size(): number {
    return this.#size
  }

  get(key: MapKey): unknown {
    return this.#find(key)?.[2]
  }

  has(key: MapKey): boolean {
    return this.#find(key) !== undefined
  }

  set(key: MapKey, value: unknown, place: ValuePlace): void {
    const former = this.#find(key)
    if (former !== undefined) {
      this.#write(key, [former[0], former[1], value], place)
      return
    }
    const last = this.#last
    if (last === undefined) this.#first = key
    else this.#relink(last, place, (link) => (link[1] = key))
    this.#write(key, [last, undefined, value], place)
    this.#last = key
    this.#size++
  }

  delete(key: MapKey, place: ValuePlace): void {
    const link = this.#find(key)
    if (link === undefined) return
    const [before, after] = link
    if (before === undefined) this.#first = after
    else this.#relink(before, place, (neighbour) => (neighbour[1] = after))
    if (after === undefined) this.#last = before
    else this.#relink(after, place, (neighbour) => (neighbour[0] = before))
    this.#collections.rows.delete(mapRow(this.#id, key))
    this.#size--
  }

  /** A copy in order. */
  toMap(): Map<MapKey, unknown> {
    const map = new Map<MapKey, unknown>()
    for (let key = this.#first; key !== undefined; ) {
      const link: Link = this.#link(key)
      map.set(key, link[2])
      key = link[1]
    }
    return map
  }

  /** What stands in the row of the key. */
  head(): LargeMapHead {
    return { id: this.#id, size: this.#size, first: this.#first, last: this.#last }
  }

  /** The map is no longer reachable. */
  drop(): void {
    this.#collections.rows.drop(mapPrefix(this.#id))
  }

  #find(key: MapKey): Link | undefined {
    const bytes = this.#collections.rows.read(mapRow(this.#id, key))
    return bytes === undefined ? undefined : decodeValue<Link>(bytes)
  }

  /** The link of a key that must be there. */
  #link(key: MapKey): Link {
    return decodeValue<Link>(this.#collections.row(mapRow(this.#id, key)))
  }

  #relink(key: MapKey, place: ValuePlace, change: (link: Link) => void): void {
    const link = this.#link(key)
    change(link)
    this.#write(key, link, place)
  }

  #write(key: MapKey, link: Link, place: ValuePlace): void {
    this.#collections.rows.put(mapRow(this.#id, key), encodeValue(link, place))
  }
}
