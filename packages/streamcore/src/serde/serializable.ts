/** Says whether a value survives serialisation, quickly; and where exactly it does not, slowly. */
import { StreamcoreError } from '../contracts/errors.js'
import type { Key } from '../contracts/key.js'
import { canonicalText } from '../contracts/key.js'

/** Where a value belongs, for the message of an error. */
export interface ValuePlace {
  /** What holds the value: `state "waiting"`, `message`. */
  readonly what: string
  readonly uid?: string
  readonly key?: Key
}

/** What {@link inspectValue} found: the worst of these. */
export const verdict = { plain: 0, negativeZero: 1, refused: 2 } as const

/** Deeper values are refused; a cycle is infinitely deep. */
const depthMax = 500

const typedArrayPrototype: unknown = Object.getPrototypeOf(Uint8Array.prototype)

/**
 * Whether a value survives: {@link verdict}`.plain`, `.negativeZero` when it holds a -0 (which msgpackr would turn into 0),
 * or `.refused`. It visits every part of the value but keeps no path, so that blocks can be checked as they are encoded.
 */
export function inspectValue(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? verdict.plain : verdict.refused
    case 'number':
      return value === 0 && 1 / value < 0 ? verdict.negativeZero : verdict.plain
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return verdict.plain
    case 'object':
      return value === null ? verdict.plain : inspectObject(value, depth + 1)
    default:
      return verdict.refused
  }
}

/**
 * Fails with `STREAMCORE_SERIALIZATION`, naming the place, the path of the offending property and its type, when the value
 * would not come back from a checkpoint as it went in.
 */
export function assertSerializable(value: unknown, place: ValuePlace): void {
  const problem = findProblem(value, { path: 'value', ancestors: new Set() })
  if (problem !== undefined) throw notSerializable(problem, place)
}

function inspectObject(value: object, depth: number): number {
  if (depth > depthMax) return verdict.refused
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return inspectProperties(value, depth)
  if (Array.isArray(value)) {
    return prototype === Array.prototype ? inspectAll(value, depth) : verdict.refused
  }
  if (value instanceof Map) {
    if (prototype !== Map.prototype) return verdict.refused
    return Math.max(inspectAll(value.keys(), depth), inspectAll(value.values(), depth))
  }
  if (value instanceof Set) return prototype === Set.prototype ? inspectAll(value, depth) : verdict.refused
  return isPlainBuiltIn(value, prototype) ? verdict.plain : verdict.refused
}

function inspectProperties(value: object, depth: number): number {
  // The cast only gives the names their values; a record is what every object is to `for in`.
  const record = value as Readonly<Record<string, unknown>>
  let worst: number = verdict.plain
  for (const name in record) {
    if (name === '__proto__') return verdict.refused
    const found = inspectValue(record[name], depth)
    if (found > worst) worst = found
  }
  return worst
}

function inspectAll(values: Iterable<unknown>, depth: number): number {
  let worst: number = verdict.plain
  for (const value of values) {
    const found = inspectValue(value, depth)
    if (found > worst) worst = found
  }
  return worst
}

function isPlainBuiltIn(value: object, prototype: unknown): boolean {
  if (value instanceof Date) return prototype === Date.prototype
  // A Buffer counts as the Uint8Array it is and comes back as one.
  if (ArrayBuffer.isView(value)) {
    if (!(value.buffer instanceof ArrayBuffer)) return false
    return value instanceof Uint8Array || prototype === DataView.prototype || isTypedArray(prototype)
  }
  return value instanceof ArrayBuffer
}

function isTypedArray(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === typedArrayPrototype
}

interface Problem {
  readonly path: string
  readonly came: string
}

interface Search {
  readonly path: string
  readonly ancestors: Set<object>
}

function findProblem(value: unknown, search: Search): Problem | undefined {
  const { path, ancestors } = search
  if (typeof value !== 'object' || value === null) {
    return inspectValue(value) === verdict.refused ? { path, came: describe(value) } : undefined
  }
  if (ancestors.has(value)) return { path, came: 'a reference back to an object that contains it' }
  if (ancestors.size >= depthMax) return { path: cut(path), came: `more than ${depthMax} levels of nesting` }
  ancestors.add(value)
  const problem = findInside(value, search)
  ancestors.delete(value)
  return problem
}

function findInside(value: object, { path, ancestors }: Search): Problem | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Array.prototype && Array.isArray(value)) {
    return findFirst(value.entries(), (index) => `${path}[${String(index)}]`, ancestors)
  }
  if (prototype === Map.prototype && value instanceof Map) {
    return (
      findFirst(twice(value.keys()), (key) => `${path} (key ${printed(key)})`, ancestors) ??
      findFirst(value, (key) => `${path}.get(${printed(key)})`, ancestors)
    )
  }
  if (prototype === Set.prototype && value instanceof Set) {
    return findFirst(value.entries(), (member) => `${path} (member ${printed(member)})`, ancestors)
  }
  if (prototype !== Object.prototype && prototype !== null) {
    return isPlainBuiltIn(value, prototype) ? undefined : { path, came: describe(value) }
  }
  if (Object.hasOwn(value, '__proto__')) return { path, came: 'an own property named `__proto__`' }
  if (Object.getOwnPropertySymbols(value).length > 0)
    return { path, came: 'a property whose name is a symbol' }
  return findFirst(Object.entries(value), (name) => `${path}${property(String(name))}`, ancestors)
}

function findFirst(
  entries: Iterable<readonly [unknown, unknown]>,
  pathOf: (key: unknown) => string,
  ancestors: Set<object>,
): Problem | undefined {
  for (const [key, value] of entries) {
    const problem = findProblem(value, { path: pathOf(key), ancestors })
    if (problem !== undefined) return problem
  }
  return undefined
}

function twice(keys: Iterable<unknown>): (readonly [unknown, unknown])[] {
  return Array.from(keys, (key) => [key, key] as const)
}

function notSerializable({ path, came }: Problem, place: ValuePlace): StreamcoreError {
  const key = place.key === undefined ? '' : ` for key ${cut(canonicalText(place.key))}`
  const operator = place.uid === undefined ? '' : ` of operator "${place.uid}"`
  return new StreamcoreError(
    'STREAMCORE_SERIALIZATION',
    `Expected ${place.what}${operator} to hold plain data, got ${came} at \`${path}\`${key}. ` +
      'Keep strings, numbers, bigints, booleans, plain objects, arrays, Map, Set, Date and typed arrays; ' +
      'leave out functions and instances of classes.',
    {
      details: {
        path,
        ...(place.uid === undefined ? {} : { uid: place.uid }),
        ...(place.key === undefined ? {} : { key: canonicalText(place.key) }),
      },
    },
  )
}

function describe(value: unknown): string {
  switch (typeof value) {
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    case 'string':
      return 'a string with half of a surrogate pair'
    default: {
      const prototype: { readonly constructor?: unknown } | null = Object.getPrototypeOf(value)
      const made = prototype?.constructor
      return typeof made === 'function' && made.name !== ''
        ? `an instance of ${made.name}`
        : 'an object with a prototype'
    }
  }
}

function property(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

function printed(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : typeof key === 'object' ? 'an object' : String(key)
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
