// Where a block may end: anywhere.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { FilePosition, ParsedBlock } from '../input-block.js'
import { CsvBlockParser, type CsvRecord } from './csv-block-parser.js'
import { CsvFormat } from './csv-format.js'

const parser = new CsvBlockParser<CsvRecord>({
  path: 'x.csv',
  format: new CsvFormat({}),
  columns: ['a', 'b'],
  schema: { parse: (record) => record },
})

function parse(bytes: Uint8Array, start: FilePosition, isLast: boolean): ParsedBlock<CsvRecord> {
  return parser.parse({ bytes: bytes.subarray(start.byte), start, isLast, isFull: false })
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

it('gives the same records wherever a block ends, even between a quote and each byte of the line end', () => {
  const field = fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r\n', 'é', 'a'), maxLength: 4 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('\n', '\r\n'),
      (records, lineEnd) => {
        const text = records.map(([a, b]) => `${quoted(a)},${quoted(b)}${lineEnd}`).join('')
        const bytes = new TextEncoder().encode(text)
        const start = { byte: 0, line: 1 }
        const whole = parse(bytes, start, true)
        expect(whole.records).toEqual(records.map(([a, b]) => ({ a, b })))
        for (let length = 0; length < bytes.length; length++) {
          const first = parse(bytes.subarray(0, length), start, false)
          const rest = parse(bytes, first.end, true)
          expect([...first.rejected, ...rest.rejected]).toEqual([])
          expect([...first.records, ...rest.records]).toEqual(whole.records)
          expect([...first.lines, ...rest.lines]).toEqual(whole.lines)
        }
      },
    ),
  )
})
