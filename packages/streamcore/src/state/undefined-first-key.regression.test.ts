// undefined was taken for the current key while there was none: at the start and after a snapshot.
import { describe, expect, it } from 'vitest'
import type { Key } from '../contracts/key.js'
import { KeyedEntries } from './keyed-entries.js'

/** What a selector gives whose record lacks the field. */
function missingField(): Key {
  const record: { readonly key: Key } = JSON.parse('{}')
  return record.key
}

describe('KeyedEntries', () => {
  it('refuses undefined as the first key and after a snapshot', () => {
    const entries = new KeyedEntries(() => {})
    const invalidKey = expect.objectContaining({ code: 'STREAMCORE_INVALID_KEY' })
    expect(() => entries.setCurrentKey(missingField())).toThrow(invalidKey)
    entries.setCurrentKey('a')
    entries.leaveKey()
    expect(() => entries.setCurrentKey(missingField())).toThrow(invalidKey)
  })
})
