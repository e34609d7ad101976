// Tests of frozen JSON copies and canonical text.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, plainJson } from './plain-json.js'

describe('plainJson', () => {
  it('copies JSON, deeply frozen, without what is undefined', () => {
    const given = { a: [1, { b: 'x' }], c: undefined, d: null }
    const copy = plainJson(given, 'params')
    expect(copy).toStrictEqual({ a: [1, { b: 'x' }], d: null })
    given.a.push(2)
    expect(copy).toStrictEqual({ a: [1, { b: 'x' }], d: null })
    expect(Object.isFrozen(copy)).toBe(true)
  })

  it.each([
    ['a function', { open: () => 1 }, 'a value of type function at `.open`'],
    ['a bigint', { count: 1n }, 'a value of type bigint at `.count`'],
    ['NaN', [Number.NaN], 'NaN at `[0]`'],
    ['a Map', { deep: { map: new Map() } }, 'an object of class Map at `.deep.map`'],
    ['nothing', undefined, 'a value of type undefined'],
  ])('refuses %s and says where it stands', (_, value, came) => {
    expect(() => plainJson(value, "params of job 'x'")).toThrow(
      `Expected the params of job 'x' to be plain JSON, got ${came}; keep clients, dates and functions out of it`,
    )
  })

  it('refuses cycles', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(() => plainJson(circle, 'params')).toThrow('nesting deeper than 64 levels (a cycle?)')
  })
})

describe('canonicalJson', () => {
  it('is JSON of the same value, and the same text for equal values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const plain = plainJson(value, 'value')
        const text = canonicalJson(plain)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(plainJson(JSON.parse(text), 'value'))).toBe(text)
      }),
    )
  })

  it('sorts names at every level', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}')
  })
})
