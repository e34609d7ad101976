// Batches of elements come back as they were sent, in columns or packed.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeElements, type Elements, encodeElements } from './element-batch.js'
import { anyValue } from './test/any-value.js'

const headerBytes = 12

function crossed(elements: Elements): Elements {
  const bytes = encodeElements(elements, headerBytes)
  expect(bytes.buffer.byteLength).toBe(bytes.length)
  return decodeElements(bytes, headerBytes)
}

function batchOf(values: readonly unknown[]): Elements {
  return { values, timestampsMs: values.map((_, index) => index), events: [] }
}

/** Values of one field: all of a kind, with gaps, or of any kind. */
const column = fc.oneof(
  fc.constant(fc.integer()),
  fc.constant(fc.oneof(fc.double(), fc.integer(), fc.constant(-0))),
  fc.constant(fc.boolean()),
  fc.constant(fc.string({ unit: 'grapheme' })),
  fc.constant(fc.string({ minLength: 13, maxLength: 40 })),
  fc.constant(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.constant(fc.bigInt()),
  fc.constant(fc.option(fc.integer())),
  fc.constant(fc.option(fc.string(), { nil: undefined })),
  fc.constant(fc.constantFrom(null, undefined)),
  fc.constant(anyValue),
)

const name = fc.oneof(fc.string(), fc.nat(20).map(String)).filter((text) => text !== '__proto__')

/** Records that all have the same fields. */
const records = fc
  .dictionary(name, column, { maxKeys: 5, noNullPrototype: true })
  .chain((fields) => fc.array(fc.record(fields, { noNullPrototype: true }), { maxLength: 40 }))

describe('a batch of elements', () => {
  it('gives back records with the same fields, field by field and in their order', () => {
    fc.assert(
      fc.property(records, (values) => {
        const copies = crossed(batchOf(values)).values
        expect(copies).toStrictEqual(values)
        const namesOf = (each: unknown): readonly string[] => Object.keys(Object(each))
        expect(copies.map(namesOf)).toEqual(values.map(namesOf))
      }),
      { numRuns: 300 },
    )
  })

  it('gives back any other values', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(anyValue),
          column.chain((one) => fc.array(one)),
        ),
        (values) => {
          expect(crossed(batchOf(values)).values).toStrictEqual(values)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keeps undefined apart from a missing field, and fields in another order', () => {
    const values = [{ a: 1, b: undefined }, { a: 1 }]
    expect(crossed(batchOf(values)).values).toStrictEqual(values)
    const turned = [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]
    expect(crossed(batchOf(turned)).values.map((each) => Object.keys(Object(each)).join(''))).toEqual([
      'ab',
      'ba',
    ])
  })

  it('keeps times, -Infinity among them, and the places of events', () => {
    const elements: Elements = {
      values: ['a', 'b'],
      timestampsMs: [Number.NEGATIVE_INFINITY, 1.5],
      events: [
        { before: 0, event: { kind: 'idleness', isIdle: true } },
        { before: 2, event: { kind: 'end' } },
      ],
    }
    expect(crossed(elements)).toEqual(elements)
    expect(crossed({ ...elements, values: [], timestampsMs: [] })).toMatchObject({ values: [] })
  })

  it.each<[string, unknown[]]>([
    ['a function in a field', [{ f: () => 1 }]],
    ['half of a surrogate pair', [{ text: 'a\ud83d' }, { text: '\ude00b' }]],
    ['an own property named __proto__', [JSON.parse('{"__proto__": 1}')]],
    ['an instance of a class', [new (class Point {})()]],
  ])('refuses %s', (_, values) => {
    expect(() => encodeElements(batchOf(values), headerBytes)).toThrow(
      expect.objectContaining({ code: 'STREAMCORE_SERIALIZATION' }),
    )
  })

  it('keeps little else alive with a text that is kept', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => ({ text: `${index} ${'x'.repeat(1_000)}` }))
    const bytes = encodeElements(batchOf(values), headerBytes)
    const kept: unknown[] = []
    const before = usedBytes()
    for (let round = 0; round < 100; round++)
      kept.push(Object(decodeElements(bytes, headerBytes).values[round]).text)
    // A hundred batches would be a hundred megabytes.
    expect(usedBytes() - before).toBeLessThan(20_000_000)
    expect(kept).toHaveLength(100)
  })
})

/** After a full collection. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
