/** What comes back from the codec, and what it refuses by name. */
import { Packr } from 'msgpackr'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamcoreError } from '../contracts/errors.js'
import { assertSerializable } from './serializable.js'
import { anyValue } from './test/any-value.js'
import { cloneValue, decodeValue, encodeValue } from './value-codec.js'

const place = { what: 'state "waiting"', uid: 'await-customer', key: 'c-1' }

function roundTrip(value: unknown): unknown {
  return decodeValue<unknown>(encodeValue(value, place))
}

function refusal(value: unknown): StreamcoreError {
  for (const check of [() => assertSerializable(value, place), () => encodeValue(value, place)]) {
    expect(check).toThrow(StreamcoreError)
  }
  try {
    encodeValue(value, place)
  } catch (error) {
    if (error instanceof StreamcoreError) return error
  }
  throw new Error('the value was not refused')
}

describe('the value codec', () => {
  it('gives back any plain value, equal in every part', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(roundTrip(value)).toStrictEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['undefined', undefined],
    ['undefined properties', { a: undefined, b: [undefined] }],
    ['-0', -0],
    ['-0 inside', { list: [0, -0], map: new Map([['zero', -0]]), set: new Set([[-0]]) }],
    [
      'dates',
      [new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15), new Date(1_700_000_000_123)],
    ],
    ['bigints', [0n, -1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, 2n ** 200n, -(2n ** 200n)]],
    [
      'typed arrays',
      [new Int16Array([1, -2]), new Float32Array([0.5]), new BigInt64Array([-1n]), new Uint8Array([7])],
    ],
    [
      'maps with any keys',
      new Map<unknown, unknown>([
        [1, 'a'],
        ['1', 'b'],
        [1n, 'c'],
        [true, 'd'],
      ]),
    ],
    ['sets', new Set([1, 'a', 2n])],
    ['awkward names', { constructor: 1, toJSON: 2, hasOwnProperty: 3, '': 4, 'a-b': 5, '7': 6 }],
    ['long strings', ['x'.repeat(70_000), 'ж'.repeat(40_000), '�']],
    ['numbers', [NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 5e-324, 2 ** 32, -(2 ** 31) - 1]],
  ])('gives back %s', (_, value) => {
    expect(roundTrip(value)).toStrictEqual(value)
  })

  it('gives a Buffer back as Uint8Array and an object without prototype as a plain one', () => {
    expect(roundTrip(Buffer.from('ab'))).toStrictEqual(new Uint8Array([97, 98]))
    expect(roundTrip(Object.assign(Object.create(null), { x: 1 }))).toStrictEqual({ x: 1 })
  })

  it('gives back more record shapes than there are record ids', () => {
    const shapes = Array.from({ length: 300 }, (_, index) => ({
      [`field${index}`]: index,
      shared: { index },
    }))
    expect(roundTrip([...shapes, ...shapes])).toStrictEqual([...shapes, ...shapes])
  })

  it('makes units that a fresh decoder can read, whatever was encoded before', () => {
    encodeValue([{ a: 1, b: 2 }, { c: 3 }], place)
    const bytes = encodeValue([{ a: 5, b: 6 }], place)
    expect(new Packr({ useRecords: true, moreTypes: true }).unpack(bytes)).toEqual([{ a: 5, b: 6 }])
  })

  it('gives bytes that later calls leave alone', () => {
    const bytes = encodeValue('first', place)
    encodeValue('other', place)
    expect(decodeValue(bytes)).toBe('first')
  })

  it('refuses damaged bytes and pollutes no prototype', () => {
    const bytes = encodeValue({ name: 'x'.repeat(40) }, place)
    expect(() => decodeValue(bytes.subarray(0, 20))).toThrow(/Expected 20 bytes of a stored value/)
    const hostile = new Packr({ useRecords: false }).pack(JSON.parse('{"__proto__": {"polluted": true}}'))
    decodeValue(new Uint8Array(hostile))
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('clones what its owner goes on changing', () => {
    const owned = { list: [1] }
    const copy = cloneValue(owned, place)
    owned.list.push(2)
    expect(copy).toEqual({ list: [1] })
  })
})

describe('the refusal of a value', () => {
  class Account {
    readonly id = 1
    describe(): string {
      return 'account'
    }
  }
  class Plain {}
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  let deep: unknown = 0
  for (let depth = 0; depth < 2000; depth++) deep = [deep]

  it.each<[unknown, string, string]>([
    [() => 1, 'a function', 'value'],
    [{ a: [{ callback: () => 1 }] }, 'a function', 'value.a[0].callback'],
    [{ a: Symbol('x') }, 'a symbol', 'value.a'],
    [{ 'two words': new Account() }, 'an instance of Account', 'value["two words"]'],
    [new Plain(), 'an instance of Plain', 'value'],
    [{ e: new Error('no') }, 'an instance of Error', 'value.e'],
    [[Promise.resolve()], 'an instance of Promise', 'value[0]'],
    [new Map([['k', new WeakMap()]]), 'an instance of WeakMap', 'value.get("k")'],
    [new Map([[new Account(), 1]]), 'an instance of Account', 'value (key an object)'],
    [new Set([/x/]), 'an instance of RegExp', 'value (member an object)'],
    [{ text: 'broken \ud800' }, 'a string with half of a surrogate pair', 'value.text'],
    [JSON.parse('{"a": {"__proto__": 1}}'), 'an own property named `__proto__`', 'value.a'],
    [new Uint8Array(new SharedArrayBuffer(4)), 'an instance of Uint8Array', 'value'],
    [cyclic, 'a reference back to an object that contains it', 'value.self'],
  ])('names type and path: %s', (value, came, path) => {
    const error = refusal(value)
    expect(error.code).toBe('STREAMCORE_SERIALIZATION')
    expect(error.message).toContain(
      `Expected state "waiting" of operator "await-customer" to hold plain data, got ${came}`,
    )
    expect(error.message).toContain(`\`${path}\` for key "c-1"`)
    expect(error.details).toEqual({ uid: 'await-customer', key: '"c-1"', path })
  })

  it('has a bound on nesting', () => {
    expect(refusal(deep).message).toContain('more than 500 levels of nesting')
  })

  it('names a property whose name is a symbol at the first put', () => {
    expect(() => assertSerializable({ [Symbol('hidden')]: 1 }, place)).toThrow(
      /a property whose name is a symbol/,
    )
  })
})
