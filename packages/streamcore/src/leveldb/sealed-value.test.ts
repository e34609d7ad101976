// Checksums of rows: any damage to a row or its name is found.
import { describe, expect, it } from 'vitest'
import { openValue, sealValue } from './sealed-value.js'

describe('a sealed value', () => {
  const value = Uint8Array.from({ length: 40 }, (_, index) => index * 7)

  it('opens to what was sealed, also when it is empty or a part of a larger buffer', () => {
    expect(openValue('k', sealValue('k', value))).toEqual(value)
    expect(openValue('k', sealValue('k', new Uint8Array()))).toEqual(new Uint8Array())
    const larger = Uint8Array.from([1, 2, 3, ...sealValue('k', value), 4])
    expect(openValue('k', larger.subarray(3, larger.length - 1))).toEqual(value)
  })

  it('is refused whichever bit of it flips, under any other name, and at any other length', () => {
    const sealed = sealValue('key-1', value)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const damaged = sealed.slice()
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => openValue('key-1', damaged)).toThrow('the row key-1 is damaged')
    }
    expect(() => openValue('key-2', sealed)).toThrow('checksum')
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openValue('key-1', sealed.subarray(0, length))).toThrow('checksum')
    }
  })
})
