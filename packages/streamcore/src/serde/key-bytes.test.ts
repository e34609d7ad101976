/** Canonical key bytes: pinned by a golden file, injective, and hashed without being built. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText, type Key } from '../contracts/key.js'
import { hashOfKey, keyBytes, keyGroupOfKey } from './key-bytes.js'

interface Golden {
  readonly key: string
  readonly bytes: string
  readonly hash: number
  readonly keyGroup: number
}

const golden: Golden[] = JSON.parse(
  readFileSync(new URL('./golden/key-groups.json', import.meta.url), 'utf8'),
)

const plainTexts = ['', 'a', 'A', '0', '1', 'true', 'customer-1', 'customer-2']
const otherTexts = ['é', 'ж', '한글', '中文', '😀', 'a\u0000b', '\u0001t[1]', '\ud800']
const wholeNumbers = [0, -0, 1, -1, 42, 2147483647, 4294967296, 9007199254740991]
const otherNumbers = [0.1, -1.5, 1e300, 5e-324, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const bigints = [0n, 1n, -1n, 18446744073709551616n]
const tuples: readonly Key[] = [
  [],
  [1],
  ['1'],
  ['a', 1],
  [['a'], 1],
  ['a', [1]],
  [[], []],
  [[[]]],
  [true, 1n, -0],
]

/** The keys of the golden file, in its order. */
const goldenKeys: readonly Key[] = [
  ...plainTexts,
  '123e4567-e89b-12d3-a456-426614174000',
  ...otherTexts,
  ...wholeNumbers,
  ...otherNumbers,
  ...bigints,
  true,
  false,
  ...tuples,
]

const anyKey: fc.Arbitrary<Key> = fc.letrec<{ key: Key }>((tie) => ({
  key: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.array(tie('key'), { maxLength: 4 }),
  ),
})).key

function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5n
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffff_ffffn
  return Number(BigInt.asIntN(32, hash))
}

describe('key bytes', () => {
  it('are those of the golden file, as are hash and key group', () => {
    expect(golden).toHaveLength(goldenKeys.length)
    for (const [index, key] of goldenKeys.entries()) {
      const { bytes, hash, keyGroup } = golden[index]!
      const found = {
        bytes: Buffer.from(keyBytes(key)).toString('hex'),
        hash: hashOfKey(key),
        keyGroup: keyGroupOfKey(key),
      }
      expect(found, golden[index]!.key).toEqual({ bytes, hash, keyGroup })
    }
  })

  it('are hashed as FNV-1a without being built', () => {
    fc.assert(fc.property(anyKey, (key) => hashOfKey(key) === fnv1a(keyBytes(key))))
  })

  it('differ exactly when keys differ', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, other) => {
        const isSame = canonicalText(one) === canonicalText(other)
        expect(Buffer.from(keyBytes(one)).equals(keyBytes(other))).toBe(isSame)
      }),
    )
  })

  it('tell types apart', () => {
    const texts = [1, '1', 1n, true, [1], ['1'], [[1]]].map((key) =>
      Buffer.from(keyBytes(key)).toString('hex'),
    )
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('give groups from 0 to 32,767', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const keyGroup = keyGroupOfKey(key)
        return Number.isInteger(keyGroup) && keyGroup >= 0 && keyGroup < 32_768
      }),
    )
  })

  it.each([[Number.NaN], [[1, Number.NaN]], [undefined], [null], [{}], [Symbol('s')]])('refuse %s', (key) => {
    // @ts-expect-error what JavaScript callers may pass all the same
    const notAKey: Key = key
    expect(() => hashOfKey(notAKey)).toThrow(/Expected a key to be/)
    expect(() => keyBytes(notAKey)).toThrow(/Expected a key to be/)
  })
})
