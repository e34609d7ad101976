/**
 * The names of rows in the key-value store of a backend. All of them are ASCII: so different keys have different rows, lone
 * surrogates included, and comparing texts is comparing their bytes.
 *
 *     d<generation>/<number>            keys that have changed since a snapshot
 *     kn<number>, ks<text>, kt<other>   the row of a key; numbers and plain texts in their order
 *     l<id>/<number>                    a full chunk of a long list
 *     m<id>/<map key>                   an entry of a large map
 *     te<time><number>, tp<…>           a timer that waits outside of memory, in order of time and registration
 *     xe<time><number>, xp<…>           when a key is looked at because of what expires there, as a timer that waits
 */
import { assert } from '../../contracts/assert.js'
import { canonicalText, type Key, type MapKey } from '../../contracts/key.js'
import type { TimeDomain } from '../../contracts/state/keyed-state-backend.js'
import type { TimerPurpose } from './entry-times.js'
import { orderedNumber } from './ordered-number.js'

/** What the rows of keys lie between. */
export const keyRows = { gte: 'k', lt: 'l' } as const

/** The row of a key. */
export function keyRow(key: Key): string {
  if (typeof key === 'string') return ascii(`ks${JSON.stringify(key)}`)
  return typeof key === 'number' ? `kn${orderedNumber(key)}` : ascii(`kt${canonicalText(key)}`)
}

/** The changed keys of a generation begin with this. */
export function changedKeysPrefix(generation: number): string {
  return `d${generation}/`
}

/** A page of changed keys. */
export function changedKeysRow(generation: number, page: number): string {
  return `${changedKeysPrefix(generation)}${page}`
}

/** The text that is the key of a row. */
export function textOfKeyRow(row: string): string {
  const text: unknown = row.startsWith('ks') ? JSON.parse(row.slice(2)) : undefined
  assert(typeof text === 'string', 'a row without a key of its own is named after a text')
  return text
}

/** The chunks of a long list begin with this. */
export function listPrefix(id: number): string {
  return `l${id}/`
}

/** The entries of a large map begin with this. */
export function mapPrefix(id: number): string {
  return `m${id}/`
}

/** The row of an entry of a large map. Map keys are told apart as a Map does it. */
export function mapRow(id: number, key: MapKey): string {
  const text = typeof key === 'string' ? ascii(JSON.stringify(key)) : String(key)
  return `${mapPrefix(id)}${typeof key}:${text}`
}

/** The row of a timer. */
export function timerRow(prefix: string, timestampMs: number, number: number): string {
  return `${prefix}${orderedNumber(timestampMs)}${orderedNumber(number)}`
}

/** The timers of a domain begin with this. */
export function timerPrefix(domain: TimeDomain, purpose: TimerPurpose): string {
  return (purpose === 'timers' ? 't' : 'x') + (domain === 'event' ? 'e' : 'p')
}

/** What comes after every row that begins with a prefix. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u007f`
}

/** JSON text with everything beyond ASCII, and its last character, as escapes. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
