/** Reads a state of the current key through its handle, when only its kind is known. */
import type { StateKind } from '../../contracts/state/state-descriptors.js'

/** A value, an array, a Map, or an accumulator; undefined when the key holds nothing. */
export function readHandle(kind: StateKind, handle: unknown): unknown {
  switch (kind) {
    case 'value':
      return call(handle, 'value')
    case 'list': {
      const list = [...iterable(call(handle, 'get'))]
      return list.length === 0 ? undefined : list
    }
    case 'map': {
      const map = new Map([...iterable(call(handle, 'entries'))].map(pairOf))
      return map.size === 0 ? undefined : map
    }
    case 'reducing':
      return call(handle, 'get')
  }
}

function call(handle: unknown, name: string): unknown {
  if (typeof handle !== 'object' || handle === null) return undefined
  const method: unknown = Reflect.get(handle, name)
  return typeof method === 'function' ? method.call(handle) : undefined
}

function iterable(value: unknown): Iterable<unknown> {
  return isIterable(value) ? value : []
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

function pairOf(entry: unknown): readonly [unknown, unknown] {
  return Array.isArray(entry) ? [entry[0], entry[1]] : [entry, undefined]
}
