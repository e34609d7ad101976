/** A key-value store of keyed state, and what is seen of its use: so that a green simulation is known to have met it all. */
import type { KeyValueStore } from '../contracts/ports/key-value-store.js'

/** The kinds of rows, by their first letter. */
const rows: Readonly<Record<string, string>> = { k: 'a key', l: 'a chunk', m: 'a map entry', t: 'a timer' }

/** The same store; `saw` gets the name of every situation, as often as it occurs. */
export function observedStore(store: KeyValueStore, saw: (situation: string) => void): KeyValueStore {
  const kindOf = (row: string): string => rows[row.charAt(0)] ?? 'something'
  return {
    get: (key) => store.get(key),
    getSync: (key) => {
      saw(`read at once: ${kindOf(key)}`)
      return store.getSync(key)
    },
    getMany: (keys) => {
      saw('prefetched keys')
      return store.getMany(keys)
    },
    batch: (operations, options) => {
      for (const { kind, key } of operations) {
        saw(kind === 'put' ? `written behind: ${kindOf(key)}` : `deleted: ${kindOf(key)}`)
      }
      return store.batch(operations, options)
    },
    entries: (range) => {
      saw(`read a page: ${kindOf(range.gte)}`)
      return store.entries(range)
    },
    close: () => store.close(),
  }
}
