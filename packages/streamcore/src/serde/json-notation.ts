/** Stored values as JSON for people and tools: what JSON has no notation for stands as an object with one `$` key. */
import type { JsonValue } from '../contracts/source.js'

/**
 * `{"$bigint":"7"}`, `{"$date":"…"}`, `{"$bytes":"<base64>"}`, `{"$map":[[key,value],…]}`, `{"$set":[…]}`, `{"$number":"NaN"}`,
 * `{"$undefined":true}`; an object whose own keys begin with `$` is written as `{"$object":[[key,value],…]}`.
 */
export function jsonNotation(value: unknown): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint':
      return { $bigint: String(value) }
    case 'object':
      return value === null ? null : objectNotation(value)
    default:
      return { $undefined: true }
  }
}

function objectNotation(value: object): JsonValue {
  if (Array.isArray(value)) return value.map(jsonNotation)
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString() }
  if (value instanceof Map) return { $map: [...value].map((pair) => pair.map(jsonNotation)) }
  if (value instanceof Set) return { $set: [...value].map(jsonNotation) }
  if (value instanceof RegExp) return { $regexp: String(value) }
  if (value instanceof Error) return { $error: `${value.name}: ${value.message}` }
  if (value instanceof ArrayBuffer) return { $bytes: base64(new Uint8Array(value)) }
  if (ArrayBuffer.isView(value)) {
    return { $bytes: base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) }
  }
  const entries = Object.entries(value).map(([key, each]) => [key, jsonNotation(each)] as const)
  return entries.some(([key]) => key.startsWith('$'))
    ? { $object: entries.map((pair) => [...pair]) }
    : Object.fromEntries(entries)
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
