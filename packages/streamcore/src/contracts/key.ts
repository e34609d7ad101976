/** Keys of keyed streams: what may be a key and how a key is identified inside a Map. */
import { StreamcoreError } from './errors.js'

/** What a key selector may return. Tuples are compared by their content. */
export type Key = string | number | bigint | boolean | readonly Key[]

/** A key as it stands in a Map: tuples are interned to a canonical string that no plain string key can equal. */
export type MapKey = string | number | bigint | boolean

const tupleMark = '\u0001t'
const stringMark = '\u0001s'

/**
 * The Map identity of a key: primitives stand for themselves, tuples become a canonical string.
 * @throws StreamcoreError `STREAMCORE_INVALID_KEY` for undefined, null, NaN, objects and whatever else is no key
 */
export function mapKeyOf(key: Key): MapKey {
  switch (typeof key) {
    case 'string':
      return key.charCodeAt(0) === 1 ? stringMark + key : key
    case 'number':
      // NaN is the one number that differs from itself; Map treats -0 as 0.
      if (key !== key) return refuseKey(key)
      return key
    case 'bigint':
    case 'boolean':
      return key
    default:
      return Array.isArray(key) ? tupleMark + canonicalText(key) : refuseKey(key)
  }
}

/** Canonical text of a key, injective over all keys: used for tuples, messages and simulation traces. */
export function canonicalText(key: Key): string {
  switch (typeof key) {
    case 'string':
      return JSON.stringify(key)
    case 'number':
      if (key !== key) return refuseKey(key)
      return Object.is(key, -0) ? '0' : String(key)
    case 'bigint':
      return `${key}n`
    case 'boolean':
      return key ? 'true' : 'false'
    default:
      return Array.isArray(key) ? `[${key.map(canonicalText).join(',')}]` : refuseKey(key)
  }
}

/** Fails with `STREAMCORE_INVALID_KEY`, saying what came instead of a key. */
export function refuseKey(key: unknown): never {
  const came = key === null ? 'null' : typeof key === 'object' ? 'an object' : String(key)
  throw new StreamcoreError(
    'STREAMCORE_INVALID_KEY',
    `Expected a key to be a string, number, bigint, boolean or a tuple of these, got ${came}`,
  )
}
