/** Mixes a stream as thoroughly as its memory allows; what has the same key keeps its order. */
import type { Random } from 'streamcore'

/** How much is mixed and what must stay in order. */
export interface ShuffleOptions<T> {
  readonly random: Random
  /** Values held back at a time; with all of them the order is any order. */
  readonly windowSize: number
  readonly keyOf: (value: T) => string
}

/** Gives every value once. */
export async function* shuffle<T>(values: AsyncIterable<T>, options: ShuffleOptions<T>): AsyncGenerator<T> {
  const { random, windowSize, keyOf } = options
  const waiting = new Map<string, T[]>()
  const keys: string[] = []
  let size = 0
  const take = (): T | undefined => {
    const index = random.below(keys.length)
    const key = keys[index] ?? ''
    const list = waiting.get(key) ?? []
    const value = list.shift()
    size -= 1
    if (list.length === 0) {
      waiting.delete(key)
      const last = keys.pop()
      if (last !== undefined && index < keys.length) keys[index] = last
    }
    return value
  }
  for await (const value of values) {
    const key = keyOf(value)
    const list = waiting.get(key)
    if (list) list.push(value)
    else {
      waiting.set(key, [value])
      keys.push(key)
    }
    size += 1
    if (size <= windowSize) continue
    const next = take()
    if (next !== undefined) yield next
  }
  while (size > 0) {
    const next = take()
    if (next !== undefined) yield next
  }
}
