/** Keys as people type them on a command line. */
import type { Key } from '../contracts/key.js'

/** What a text may mean, the likeliest first: `17` is a number or a text, `"17"` a text, `["a",1]` a tuple, `17n` a bigint. */
export function keysOfText(text: string): readonly Key[] {
  const keys: Key[] = []
  if (/^-?\d+n$/.test(text)) keys.push(BigInt(text.slice(0, -1)))
  try {
    const parsed: unknown = JSON.parse(text)
    if (isKey(parsed)) keys.push(parsed)
  } catch {
    // Plain text it is.
  }
  return [...keys, text]
}

function isKey(value: unknown): value is Key {
  if (Array.isArray(value)) return value.every(isKey)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
