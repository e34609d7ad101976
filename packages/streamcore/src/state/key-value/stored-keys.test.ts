// The filter of stored keys: never wrong about a key that was added, seldom about others.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../../contracts/key.js'
import { StoredKeys } from './stored-keys.js'

const keys: fc.Arbitrary<Key> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.boolean(),
  fc.tuple(fc.string(), fc.nat()),
)

describe('StoredKeys', () => {
  it('knows every key that was added, however many there are', () => {
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 2_000 }), (added) => {
        const stored = new StoredKeys(0)
        for (const key of added) stored.add(key)
        expect(added.filter((key) => !stored.mayHave(key))).toEqual([])
      }),
    )
  })

  it('takes 0 and -0 for the same key, as rows do', () => {
    const stored = new StoredKeys(0)
    stored.add(-0)
    expect(stored.mayHave(0)).toBe(true)
  })

  it.each([
    ['numbers in a row', (index: number) => index],
    ['texts', (index: number) => `account:${index}`],
  ])('takes one in ten of other keys for stored at most, at ten bits a key (%s)', (_, keyAt) => {
    const count = 100_000
    const stored = new StoredKeys(131_072)
    for (let index = 0; index < count; index++) stored.add(keyAt(index))
    let mistaken = 0
    for (let index = count; index < 2 * count; index++) if (stored.mayHave(keyAt(index))) mistaken++
    expect(mistaken).toBeLessThan(count / 10)
  })
})
