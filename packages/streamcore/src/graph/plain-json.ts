/** Makes frozen plain JSON out of what a job gives: the plan is data that can be hashed, printed and sent. */
import { StreamcoreError } from '../contracts/errors.js'
import type { JsonValue } from '../contracts/source.js'

/** Deeper nesting is taken for a cycle. */
const maxDepth = 64

/**
 * A deep, frozen copy; properties that are undefined are left out, as JSON does.
 * @param place how messages name the value: `config of source 'orders'`
 * @throws StreamcoreError `STREAMCORE_CONFIG` naming the property that is no JSON
 */
export function plainJson(value: unknown, place: string): JsonValue {
  return copy(value, place, '', 0)
}

function copy(value: unknown, place: string, path: string, depth: number): JsonValue {
  if (depth > maxDepth) return refuse(`nesting deeper than ${maxDepth} levels (a cycle?)`, place, path)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : refuse(String(value), place, path)
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item, index) => copy(item, place, `${path}[${index}]`, depth + 1)))
  }
  if (typeof value !== 'object') return refuse(`a value of type ${typeof value}`, place, path)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    return refuse(`an object of class ${value.constructor.name}`, place, path)
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.freeze(
    Object.fromEntries(
      entries.map(([name, item]) => [name, copy(item, place, `${path}.${name}`, depth + 1)]),
    ),
  )
}

function refuse(came: string, place: string, path: string): never {
  const at = path === '' ? '' : ` at \`${path}\``
  throw new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected the ${place} to be plain JSON, got ${came}${at}; keep clients, dates and functions out of it`,
    { details: { config: place, ...(path === '' ? {} : { path }) } },
  )
}

/** JSON text with sorted names: equal values give equal text. */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const parts = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`)
  return `{${parts.join(',')}}`
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
