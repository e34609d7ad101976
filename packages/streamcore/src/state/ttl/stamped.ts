/** What state with a time to live is stored as: every value, element of a list and value of a map with the time of its last use. */
import type { StateTtl } from '../../contracts/state/state-ttl.js'

/** A value and when it was used last. */
export type Stamped<T> = readonly [value: T, lastUsedMs: number]

/** Whether this was stored with a time. */
export function isStamped(content: unknown): content is Stamped<unknown> {
  return Array.isArray(content) && content.length === 2 && typeof content[1] === 'number'
}

/** Whether the life of what was used at `lastUsedMs` is over. */
export function isExpired(lastUsedMs: number, timeMs: number, nowMs: number): boolean {
  return lastUsedMs + timeMs <= nowMs
}

/** Keys are looked at this often while the time to live passes once: what expires goes at most so much later. */
const cleanupsPerLife = 16

/** When something used at `lastUsedMs` is to be removed; rounded up, so that many keys share a moment. */
export function cleanupMs({ timeMs }: StateTtl, lastUsedMs: number): number {
  const stepMs = Math.max(1, Math.floor(timeMs / cleanupsPerLife))
  return Math.ceil((lastUsedMs + timeMs) / stepMs) * stepMs
}

/** Stands for what is not kept; undefined is a value. */
export const dropped: unique symbol = Symbol('dropped')

/** Converts what a slot holds: a list by its elements, a map by its values. Undefined when nothing of it is kept. */
export function convertContent(
  content: unknown,
  kind: string,
  convert: (element: unknown) => unknown,
): unknown {
  if (kind === 'list' && Array.isArray(content)) {
    const list = content.map(convert).filter((element) => element !== dropped)
    return list.length === 0 ? undefined : list
  }
  if (kind === 'map' && content instanceof Map) {
    const map = new Map<unknown, unknown>()
    for (const [key, value] of content) {
      const converted = convert(value)
      if (converted !== dropped) map.set(key, converted)
    }
    return map.size === 0 ? undefined : map
  }
  const converted = convert(content)
  return converted === dropped ? undefined : converted
}

/** The values of a slot without their times, and without what has expired; undefined when nothing is left. */
export function visibleContent(content: unknown, kind: string, ttl: StateTtl, nowMs: number): unknown {
  return convertContent(content, kind, (element) => {
    if (!isStamped(element)) return element
    return isExpired(element[1], ttl.timeMs, nowMs) ? dropped : element[0]
  })
}

/** When something of a slot was used last that was not used since; Infinity for an empty one. */
export function oldestUseMs(content: unknown, kind: string): number {
  let oldestMs = Number.POSITIVE_INFINITY
  convertContent(content, kind, (element) => {
    if (isStamped(element)) oldestMs = Math.min(oldestMs, element[1])
    return dropped
  })
  return oldestMs
}
