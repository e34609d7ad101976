/** Refuses a value that cannot be serialised at the first put, also when nothing is ever written to disk. */
import type { Key } from '../contracts/key.js'
import type { DeclaredStateDescription } from '../contracts/state/operator-state.js'
import { assertSerializable, type ValuePlace } from '../serde/serializable.js'

/**
 * Checks what is put into one state. Primitives pass at the cost of a `typeof`. An object is checked in depth when it is
 * the first of its prototype (plain object, array, Map, …), others pass by their prototype: whatever they hide is found,
 * with the same message, by the block writer, which checks every value it encodes.
 */
export class PutGuard {
  readonly #what: string
  readonly #uid: string
  #last: unknown = undefined
  // At most the few built-in prototypes that are serialisable.
  readonly #accepted = new Set<unknown>()

  constructor(description: DeclaredStateDescription, uid: string) {
    this.#what = `state "${description.name}"`
    this.#uid = uid
  }

  /** Fails with `STREAMCORE_SERIALIZATION` naming state, key, property path and type. */
  check(value: unknown, key: Key | undefined): void {
    switch (typeof value) {
      case 'object': {
        if (value === null) return
        const prototype: unknown = Object.getPrototypeOf(value)
        if (prototype === this.#last) return
        if (!this.#accepted.has(prototype)) {
          assertSerializable(value, this.place(key))
          this.#accepted.add(prototype)
        }
        this.#last = prototype
        return
      }
      case 'function':
      case 'symbol':
        assertSerializable(value, this.place(key))
        return
      default:
        return
    }
  }

  /** The place of a value for errors. */
  place(key: Key | undefined): ValuePlace {
    return key === undefined
      ? { what: this.#what, uid: this.#uid }
      : { what: this.#what, uid: this.#uid, key }
  }
}
