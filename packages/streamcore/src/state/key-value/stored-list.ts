/** A list that is kept in chunks: full ones are rows of their own, the rest stands in the row of its key. */
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import type { ValuePlace } from '../../serde/serializable.js'
import type { Collections } from './collections.js'
import { listPrefix } from './row-keys.js'

/** Elements of a full chunk. */
const chunkLength = 128

/** How a list with full chunks stands in the row of its key; one without is a plain array there. */
export interface LargeListHead {
  readonly id: number
  readonly chunkCount: number
  readonly tail: readonly unknown[]
}

/**
 * Adding costs the same at any length, and an eviction writes no full chunk again. Elements are never changed, only added;
 * a cleared list is replaced by another one.
 */
export class StoredList {
  /** What is not in a full chunk. It only grows, or is replaced by another array. */
  tail: unknown[]
  #id = 0
  #chunkCount = 0
  readonly #collections: Collections

  constructor(collections: Collections, tail: unknown[]) {
    this.#collections = collections
    this.tail = tail
  }

  /** A list of any length, in chunks where it is long. */
  static of(collections: Collections, elements: unknown[], place: ValuePlace): StoredList {
    const list = new StoredList(collections, elements)
    if (elements.length >= chunkLength) list.#cutOff(place)
    return list
  }

  static fromHead(collections: Collections, { id, chunkCount, tail }: LargeListHead): StoredList {
    const list = new StoredList(collections, [...tail])
    list.#id = id
    list.#chunkCount = chunkCount
    return list
  }

  /** Whether everything is in {@link tail}. */
  get isShort(): boolean {
    return this.#chunkCount === 0
  }

  add(element: unknown, place: ValuePlace): void {
    this.tail.push(element)
    if (this.tail.length >= chunkLength) this.#cutOff(place)
  }

  /** All elements; the array is nobody else's unless the list is short. */
  elements(): readonly unknown[] {
    if (this.isShort) return this.tail
    const elements: unknown[] = []
    for (let number = 0; number < this.#chunkCount; number++) {
      elements.push(...decodeValue<unknown[]>(this.#collections.row(this.#row(number))))
    }
    return elements.concat(this.tail)
  }

  /** What stands in the row of the key. */
  head(): readonly unknown[] | LargeListHead {
    return this.isShort ? this.tail : { id: this.#id, chunkCount: this.#chunkCount, tail: this.tail }
  }

  /** The list is no longer reachable. */
  drop(): void {
    if (!this.isShort) this.#collections.rows.drop(listPrefix(this.#id))
  }

  /** Whoever iterates over the tail goes on with the array he has. */
  #cutOff(place: ValuePlace): void {
    if (this.isShort) this.#id = this.#collections.nextId()
    let start = 0
    for (; start + chunkLength <= this.tail.length; start += chunkLength) {
      const chunk = this.tail.slice(start, start + chunkLength)
      this.#collections.rows.put(this.#row(this.#chunkCount), encodeValue(chunk, place))
      this.#chunkCount++
    }
    this.tail = this.tail.slice(start)
  }

  #row(number: number): string {
    return `${listPrefix(this.#id)}${number}`
  }
}
