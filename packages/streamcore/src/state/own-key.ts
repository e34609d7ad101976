/** Keys as they are kept: independent of the text they were cut out of. */
import type { Key } from '../contracts/key.js'

/**
 * A copy of a key that keeps nothing else alive: a text may be a slice of a larger one (a batch, a chunk of a file), and one
 * kept key would keep all of that in memory. -0 becomes 0, the same key.
 */
export function ownKey(key: Key): Key {
  switch (typeof key) {
    case 'string':
      // V8 copies shorter texts when it cuts them out.
      return key.length < 13 ? key : JSON.parse(JSON.stringify(key))
    case 'number':
      return key + 0
    case 'bigint':
    case 'boolean':
      return key
    default:
      return key.map(ownKey)
  }
}
