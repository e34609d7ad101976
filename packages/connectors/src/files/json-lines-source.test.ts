// The JSON lines source on real files: what it reads and rejects, restarts, and that it is quick.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Schema } from 'streamcore'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSource } from '../test/read-source.js'
import { jsonLinesSource } from './json-lines-source.js'

let directory: string
let path: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-jsonl-'))
  path = join(directory, 'lines.jsonl')
})
afterAll(() => rm(directory, { recursive: true }))

const anything: Schema<unknown> = { parse: (value) => value }

describe('the JSON lines source', () => {
  it('gives a value per line with its line, leaving out empty lines', async () => {
    await writeFile(path, '\ufeff{"a":1}\n\n[2]\r\n"drei ü"\n4')
    const result = await readSource(jsonLinesSource({ path, schema: anything }))
    expect(result.records).toEqual([{ a: 1 }, [2], 'drei ü', 4])
    expect(result.places).toEqual([1, 3, 4, 5].map((line) => `${path}:${line}`))
  })

  it('rejects lines that are no JSON, no UTF-8, too long, or refused by the schema', async () => {
    const long = JSON.stringify('x'.repeat(400_000))
    const text = [
      '{"a":1',
      '"\u00ff"',
      long,
      '{"__proto__":{"x":1}}',
      '{"\\u005f_proto__":1}',
      'null',
      '5',
    ].join('\n')
    await writeFile(path, Buffer.from(text, 'latin1'))
    const schema: Schema<number | object> = {
      parse(value) {
        if (typeof value === 'number') return value
        throw new RangeError('Expected a number')
      },
    }
    const result = await readSource(jsonLinesSource({ path, schema, maxLineBytes: 300_000 }))
    expect(result.records).toEqual([5])
    expect(result.rejected.map(({ place }) => Number(place.slice(path.length + 1)))).toEqual([
      1, 2, 3, 4, 5, 6,
    ])
    expect(result.rejected[2]?.reason).toContain('at most 300000 bytes')
    expect(result.rejected[3]?.reason).toContain('__proto__')
    expect(result.rejected[4]?.reason).toContain('__proto__')
    expect(Reflect.get({}, 'x')).toBeUndefined()
  })

  it('reads the good lines of a block that is not all UTF-8, also the last one without line end', async () => {
    await writeFile(path, Buffer.from('1\n"\u00fc"\n3\n4', 'latin1'))
    const result = await readSource(jsonLinesSource({ path, schema: anything }))
    expect(result.records).toEqual([1, 3, 4])
    expect(result.rejected.map(({ place }) => place)).toEqual([`${path}:2`])
  })

  it('goes on behind any record after a restart', async () => {
    const values = fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 4 }), async (lines, restartEvery) => {
        await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
        const source = jsonLinesSource({ path, schema: anything })
        const restarted = await readSource(source, { restartEvery })
        expect(restarted.records).toEqual(lines.map((line) => JSON.parse(JSON.stringify(line))))
        expect(restarted).toEqual(await readSource(source))
      }),
      { numRuns: 100 },
    )
  })

  it('reads files of many blocks in batches of any size', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => ({ index, name: `name ${index} ž` }))
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    const result = await readSource(jsonLinesSource({ path, schema: anything }), { maxRecords: 777 })
    expect(result.records).toEqual(rows)
    expect(result.places.at(-1)).toBe(`${path}:20000`)
  })
})
