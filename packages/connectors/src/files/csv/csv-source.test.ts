// The CSV source on real files: what it reads, what it rejects and where, and restarts at every record.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { nodePorts } from 'streamcore/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSource } from '../../test/read-source.js'
import { csvRecords, csvSource, type CsvSourceOptions } from './csv-source.js'
import type { CsvRecord } from './csv-block-parser.js'

let directory: string
let fileCount = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-csv-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(directory, `file-${fileCount++}.csv`)
  await writeFile(path, content)
  return path
}

type Format = Partial<Omit<CsvSourceOptions<CsvRecord>, 'files'>>

async function read(content: string | Uint8Array, format: Format = {}, restartEvery?: number) {
  const path = await fileOf(content)
  const source = csvSource({ schema: csvRecords, ...format, files: [path] })
  const result = await readSource(source, restartEvery === undefined ? {} : { restartEvery })
  const short = (place: string) => place.slice(place.lastIndexOf(':') + 1)
  return {
    records: result.records,
    lines: result.places.map(short),
    rejected: result.rejected.map(({ place, reason }) => `${short(place)} ${reason}`),
  }
}

describe('the CSV source', () => {
  it('gives texts by column name with the line on which each record begins', async () => {
    const result = await read('id,name\r\n1,"Ann ""A"""\n\n2,"two\r\nlines"\n3,\n')
    expect(result).toEqual({
      records: [
        { id: '1', name: 'Ann "A"' },
        { id: '2', name: 'two\r\nlines' },
        { id: '3', name: '' },
      ],
      lines: ['2', '4', '6'],
      rejected: [],
    })
  })

  it('reads the last line with and without a line end, and files without records', async () => {
    expect((await read('a\n1\n2')).records).toEqual([{ a: '1' }, { a: '2' }])
    expect((await read('a\n1\n2\r\n')).records).toEqual([{ a: '1' }, { a: '2' }])
    expect(await read('a\n')).toEqual({ records: [], lines: [], rejected: [] })
    expect(await read('a')).toEqual({ records: [], lines: [], rejected: [] })
  })

  it('takes given columns for a file without header, and skips a byte order mark', async () => {
    const format = { header: false, columns: ['x', 'y'], delimiter: ';' }
    expect((await read('\ufeff1;2\n3;4\n', format)).records).toEqual([
      { x: '1', y: '2' },
      { x: '3', y: '4' },
    ])
    expect((await read('\ufeffx\n1\n')).records).toEqual([{ x: '1' }])
  })

  it.each(['windows-1250', 'windows-1252', 'latin1', 'iso-8859-2', 'utf-8'])(
    'decodes %s',
    async (encoding) => {
      const text = 'name§town\nMüller§"a§\n""ö"\n'
      const result = await read(
        iconv.encode(text, encoding),
        encoding === 'utf-8' ? {} : { encoding, delimiter: '§' },
      )
      const expected = { name: 'Müller', town: 'a§\n"ö' }
      expect(result.records).toEqual(encoding === 'utf-8' ? [] : [expected])
    },
  )

  it('reads files without quoting as they are', async () => {
    expect((await read('a,b\n"x,y"\n', { quote: null })).records).toEqual([{ a: '"x', b: 'y"' }])
  })

  it('gives the schema the place, and rejects what it refuses', async () => {
    const path = await fileOf('n\n1\nx\n3\n')
    const schema = {
      parse: (record: CsvRecord, place: { line: number }) => {
        const number = Number(record['n'])
        if (Number.isNaN(number)) throw new RangeError(`Expected a number in 'n', got ${record['n']}`)
        return [place.line, number]
      },
    }
    const result = await readSource(csvSource({ files: [path], schema }))
    expect(result.records).toEqual([
      [2, 1],
      [4, 3],
    ])
    expect(result.rejected).toEqual([
      { place: `${path}:3`, reason: "Expected a number in 'n', got x", raw: 'x' },
    ])
  })

  it('reads all files of a directory whose names match, in order', async () => {
    const sub = await mkdtemp(join(directory, 'sub-'))
    for (const name of ['b-2.csv', 'b-1.csv', 'a-1.csv', '.b-3.csv', 'b-4.txt']) {
      await writeFile(join(sub, name), `v\n${name}\n`)
    }
    const result = await readSource(csvSource({ directory: sub, pattern: 'b-*.csv', schema: csvRecords }))
    expect(result.records).toEqual([{ v: 'b-1.csv' }, { v: 'b-2.csv' }])
  })
})

describe('the CSV source that watches a directory', () => {
  it('is unbounded and finds files that come later', async () => {
    const sub = await mkdtemp(join(directory, 'watched-'))
    const source = csvSource({ directory: sub, watch: true, schema: csvRecords })
    expect([source.boundedness, source.discoveryIntervalMs]).toEqual(['unbounded', 1_000])
    const ports = nodePorts({ logLevel: 'error' })
    const enumerator = await source.createEnumerator({ jobId: 'j', uid: 's', connections: {}, ports })
    expect(await enumerator.discover()).toEqual([])
    await writeFile(join(sub, 'new.csv'), 'a\n1\n')
    const path = `${sub}/new.csv`
    expect(await enumerator.discover()).toEqual([{ id: path, info: { path } }])
    await enumerator.close()
  })
})

describe('the CSV source on broken input', () => {
  it('rejects lines with too few or too many columns and goes on', async () => {
    const result = await read('a,b\n1,2\n3\n4,5,6\n7,8\n')
    expect(result.records).toEqual([
      { a: '1', b: '2' },
      { a: '7', b: '8' },
    ])
    expect(result.rejected).toEqual(['3 Expected 2 columns, got 1', '4 Expected 2 columns, got 3'])
  })

  it('rejects the line of a quote that is not closed, and reads the next line', async () => {
    const result = await read('a,b\n1,"x\n2,y\n3,z\n')
    expect(result.records).toEqual([
      { a: '2', b: 'y' },
      { a: '3', b: 'z' },
    ])
    expect(result.rejected).toHaveLength(1)
    expect(result.rejected[0]).toMatch(/^2 Quote Not Closed/)
  })

  it('rejects quotes in the middle of a field and text after a quote', async () => {
    const result = await read('a,b\n1,x"y\n2,"x"y\n3,z\n')
    expect(result.records).toEqual([{ a: '3', b: 'z' }])
    expect(result.rejected.map((line) => line.slice(0, 9))).toEqual(['2 Invalid', '3 Invalid'])
  })

  it('rejects bytes that are no text, naming the column', async () => {
    const bytes = iconv.encode('a,b\n1,\u00ff\n2,3\n', 'latin1')
    const result = await read(bytes)
    expect(result.records).toEqual([{ a: '2', b: '3' }])
    expect(result.rejected).toEqual(["2 Expected text in column 'b', got bytes that are not UTF-8"])
    const gap = await read(Uint8Array.of(97, 10, 0xaa, 10), { encoding: 'windows-1253' })
    expect(gap.rejected).toEqual([
      "2 Expected text in column 'a', got byte 0xaa that windows-1253 does not have",
    ])
  })

  it('rejects records above the limit, however far they reach, and goes on behind them', async () => {
    const long = 'x'.repeat(1_000_000)
    const result = await read(`a\n${long}\n2\n"${long}\n3\n`, { maxRecordBytes: 1_000 })
    expect(result.records).toEqual([{ a: '2' }, { a: '3' }])
    expect(result.rejected.map((line) => line.slice(0, 30))).toEqual([
      '2 Expected a record of at most',
      '4 Expected a record of at most',
    ])
  })

  it('takes a record of exactly the limit that is larger than a block', async () => {
    const long = 'é'.repeat(250_000)
    const result = await read(`a\n1\n${long}\n2\n`, { maxRecordBytes: 500_000 })
    expect(result.records.map((record) => record['a']?.length)).toEqual([1, 250_000, 1])
    expect(result.rejected).toEqual([])
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'rejects a file with a column %s',
    async (name) => {
      const result = await read(`a,${name}\n1,2\n`)
      expect(result).toMatchObject({
        records: [],
        rejected: [expect.stringContaining(`forbidden column '${name}'`)],
      })
      expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
    },
  )

  it('rejects a file whose header names a column twice, lacks one, or has an unknown one', async () => {
    expect((await read('a,b,a\n1,2,3\n')).rejected[0]).toContain("'a' twice")
    const columns = ['a', 'b']
    expect((await read('a,c\n1,2\n', { columns })).rejected[0]).toContain("no column 'b'")
    expect((await read('a,b,c\n1,2,3\n', { columns })).rejected[0]).toContain("unknown column 'c'")
    expect((await read('b,a\n1,2\n', { columns })).records).toEqual([{ a: '2', b: '1' }])
    expect((await read('')).rejected[0]).toContain('empty file')
  })

  it('rejects a missing file and reads the others', async () => {
    const path = await fileOf('a\n1\n')
    const missing = join(directory, 'missing.csv')
    const result = await readSource(csvSource({ files: [missing, path], schema: csvRecords }))
    expect(result.records).toEqual([{ a: '1' }])
    expect(result.rejected).toEqual([
      { place: missing, reason: `Expected a file ${missing}, got none`, raw: '' },
    ])
  })

  it.each([
    [{ delimiter: '' }, 'delimiter'],
    [{ delimiter: '\n' }, 'delimiter'],
    [{ delimiter: '"' }, 'delimiter'],
    [{ quote: '""' }, 'quote'],
    [{ encoding: 'utf-16le' }, 'encoding'],
    [{ encoding: 'shift_jis' }, 'encoding'],
    [{ encoding: 'nonsense' }, 'encoding'],
    [{ encoding: 'latin1', delimiter: '€' }, 'delimiter'],
    [{ maxRecordBytes: 0 }, 'maxRecordBytes'],
    [{ header: false }, 'columns'],
  ])('refuses the options %j before it reads', (format, option) => {
    expect(() => csvSource({ files: [], schema: csvRecords, ...format })).toThrow(option)
  })
})

describe('the CSV source after a restart', () => {
  it('refuses a file that has become shorter', async () => {
    const path = await fileOf('a\n1\n')
    const source = csvSource({ files: [path], schema: csvRecords })
    const context = { jobId: 'j', uid: 's', connections: {}, ports: nodePorts({ logLevel: 'error' }) }
    const split = { id: path, info: { path } }
    const reader = source.createReader(split, { byte: 100, line: 9 }, context)
    await expect(reader).rejects.toMatchObject({ code: 'STREAMCORE_RESTORE' })
  })

  it('gives the same records and rejections from every position, for any texts', async () => {
    const field = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r\n', 'é', '😀', 'a'), maxLength: 6 }),
    )
    const line = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(field, field).map(([a, b]) => ({ fields: [a, b], isGood: true })) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('only one', 'x"y,z').map((raw) => ({ fields: [raw], isGood: false })),
      },
    )
    const options = {
      lineEnd: fc.constantFrom('\n', '\r\n'),
      isEndClosed: fc.boolean(),
      every: fc.integer({ min: 1, max: 3 }),
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.record(options),
        async (lines, { lineEnd, isEndClosed, every }) => {
          const text = lines.map(({ fields, isGood }) => (isGood ? fields.map(quoted).join(',') : fields[0]))
          const content = ['a,b', ...text].join(lineEnd) + (isEndClosed ? lineEnd : '')
          const whole = await read(content)
          const good = lines.filter((each) => each.isGood).map(({ fields: [a, b] }) => ({ a, b }))
          expect(whole.records).toEqual(good)
          expect(whole.rejected).toHaveLength(lines.length - good.length)
          const restarted = await read(content, {}, every)
          expect(restarted.records).toEqual(whole.records)
          expect(restarted.lines).toEqual(whole.lines)
          expect([...new Set(restarted.rejected)]).toEqual([...new Set(whole.rejected)])
        },
      ),
      { numRuns: 150 },
    )
  })
})

function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`
}
