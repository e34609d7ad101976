/** Makes the rule that records and state values never change visible: whoever changes one fails at that line. */
import { StreamcoreError } from '../contracts/errors.js'
import { isDeepEqual } from './deep-equal.js'

interface WatchedArray {
  readonly array: ArrayBufferView
  readonly copy: Uint8Array
}

/**
 * Freezes what it is given, in place and in depth. Objects and arrays are frozen by the language; Map, Set and dates get
 * methods that throw. Nothing stops writes into a typed array: it is compared with a copy by `assertUnchanged`.
 */
export class FrozenValues {
  readonly #seen = new WeakSet<object>()
  readonly #watched: WatchedArray[] = []

  /** Freezes a value and gives it back. */
  freeze<T>(value: T): T {
    if (typeof value === 'object' && value !== null) this.#freeze(value)
    return value
  }

  /**
   * Fails when a typed array was written to since it was first seen here.
   * @throws StreamcoreError `STREAMCORE_ASSERTION`
   */
  assertUnchanged(): void {
    for (const { array, copy } of this.#watched) {
      if (!isDeepEqual(bytesOf(array), copy))
        throw changed(Object.prototype.toString.call(array).slice(8, -1))
    }
  }

  #freeze(value: object): void {
    if (this.#seen.has(value)) return
    this.#seen.add(value)
    if (ArrayBuffer.isView(value)) {
      this.#watched.push({ array: value, copy: bytesOf(value).slice() })
      return
    }
    if (value instanceof Map) for (const entry of value) for (const part of entry) this.freeze(part)
    if (value instanceof Set) for (const member of value) this.freeze(member)
    for (const name of mutatorsOf(value)) refuse(value, name)
    for (const part of Object.values(value)) this.freeze(part)
    Object.freeze(value)
  }
}

/** The methods of a built-in that change it although it is frozen. */
function mutatorsOf(value: object): readonly string[] {
  if (value instanceof Map) return ['set', 'delete', 'clear']
  if (value instanceof Set) return ['add', 'delete', 'clear']
  if (Object.prototype.toString.call(value) !== '[object Date]') return []
  const prototype: object = Object.getPrototypeOf(value)
  return Object.getOwnPropertyNames(prototype).filter((name) => name.startsWith('set'))
}

function refuse(value: object, name: string): void {
  // A value that somebody froze before can not get methods; it is left as it is.
  if (!Object.isExtensible(value)) return
  Object.defineProperty(value, name, {
    value: () => {
      throw changed(`${Object.prototype.toString.call(value).slice(8, -1)}.${name}()`)
    },
  })
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function changed(what: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_ASSERTION',
    `Expected records and state values never to change, got a change of one (${what}); make a new value and emit it, or pass it to update()`,
  )
}
