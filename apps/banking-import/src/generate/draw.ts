/** Draws that need no memory: what a row holds follows from the seed and the row's place alone. */

/** Draws of one seed. The same labels give the same draw, in whatever order they are asked for. */
export class Draw {
  readonly #hash: number

  constructor(seed: number) {
    this.#hash = mix(seed ^ 0x9e3779b9)
  }

  /** Draws that depend on one more number, such as a table, a row, a column. */
  at(label: number): Draw {
    return new Draw(this.#hash ^ Math.imul(label + 1, 0x85ebca6b))
  }

  /** In [0, 1). */
  float(): number {
    return this.#hash / 4_294_967_296
  }

  /** In [0, bound). */
  below(bound: number): number {
    return Math.floor(this.float() * bound)
  }

  /** One of a list. */
  of<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0]
  }
}

function mix(value: number): number {
  let hash = value >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return (hash ^ (hash >>> 16)) >>> 0
}
