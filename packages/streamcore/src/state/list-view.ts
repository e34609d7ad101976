/** A list as it was when somebody asked for it, without a copy. */

/** The first elements of an array that may have grown since. */
export class ListView<T> implements Iterable<T> {
  readonly #list: readonly T[]
  readonly #length: number

  constructor(list: readonly T[], length: number) {
    this.#list = list
    this.#length = length
  }

  [Symbol.iterator](): Iterator<T> {
    return new ListIterator(this.#list, this.#length)
  }
}

class ListIterator<T> implements IterableIterator<T> {
  readonly #list: readonly T[]
  readonly #length: number
  #index = 0

  constructor(list: readonly T[], length: number) {
    this.#list = list
    this.#length = length
  }

  next(): IteratorResult<T> {
    if (this.#index < this.#length) return { value: this.#list[this.#index++]!, done: false }
    return { value: undefined, done: true }
  }

  [Symbol.iterator](): this {
    return this
  }
}
