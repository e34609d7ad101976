/** Reads fields of parsed JSON and refuses what has another type, naming the field. */
import { StreamcoreError } from '../contracts/errors.js'
import type { JsonValue } from '../contracts/source.js'

/** Deeper JSON than this is damaged or hostile. */
const depthMax = 64

/** The fields of one JSON object; every reader throws `STREAMCORE_CHECKPOINT_CORRUPT` when the type is another. */
export class FieldReader {
  readonly #place: string
  readonly #object: object

  constructor(place: string, object: object) {
    this.#place = place
    this.#object = object
  }

  /** Anything; undefined when the field is missing. */
  value(name: string): unknown {
    const descriptor = Object.getOwnPropertyDescriptor(this.#object, name)
    return descriptor?.value
  }

  string(name: string): string {
    const value = this.value(name)
    return typeof value === 'string' ? value : this.#refuse(name, 'a string', value)
  }

  boolean(name: string): boolean {
    const value = this.value(name)
    return typeof value === 'boolean' ? value : this.#refuse(name, 'a boolean', value)
  }

  number(name: string): number {
    const value = this.value(name)
    return typeof value === 'number' ? value : this.#refuse(name, 'a number', value)
  }

  /** A whole number from 0. */
  count(name: string): number {
    const value = this.value(name)
    const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    return isCount ? value : this.#refuse(name, 'a whole number from 0', value)
  }

  oneOf<const T extends string>(name: string, choices: readonly T[]): T {
    const value = this.value(name)
    return choices.find((choice) => choice === value) ?? this.#refuse(name, choices.join(' or '), value)
  }

  literal(name: string, expected: string): void {
    const value = this.value(name)
    if (value !== expected) this.#refuse(name, `'${expected}'`, value)
  }

  #refuse(name: string, expected: string, value: unknown): never {
    return refuse(`${this.#place}.${name}`, expected, value)
  }
}

/** The fields of what must be an object. */
export function readObject(place: string, value: unknown): FieldReader {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? new FieldReader(place, value) : refuse(place, 'an object', value)
}

/** The items of what must be an array of objects. */
export function readArray<T>(place: string, value: unknown, read: (fields: FieldReader) => T): readonly T[] {
  if (!Array.isArray(value)) return refuse(place, 'an array', value)
  return value.map((item, index) => read(readObject(`${place}[${index}]`, item)))
}

/** What must be JSON of a reasonable depth. */
export function readJson(place: string, value: unknown): JsonValue {
  return isJson(value, 0) ? value : refuse(place, `JSON at most ${depthMax} deep`, value)
}

function isJson(value: unknown, depth: number): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return true
  if (typeof value !== 'object' || depth >= depthMax) return false
  return Object.values(value).every((item) => isJson(item, depth + 1))
}

function refuse(place: string, expected: string, value: unknown): never {
  const came = value === undefined ? 'nothing' : `${JSON.stringify(value).slice(0, 80)}`
  throw new StreamcoreError(
    'STREAMCORE_CHECKPOINT_CORRUPT',
    `Expected \`${place}\` to be ${expected}, got ${came}`,
  )
}
