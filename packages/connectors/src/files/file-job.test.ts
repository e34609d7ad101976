// A whole job over files: CSV in, JSON lines and dead letters out, and a second run that finds everything done.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineJob } from 'streamcore'
import { execute } from 'streamcore/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RecordingLogger } from 'streamcore/testing'
import { csvSource } from './csv/csv-source.js'
import { deadLetterSink, jsonLinesSink } from './json-lines-sink.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-file-job-'))
})
afterEach(() => rm(directory, { recursive: true }))

const amounts = {
  parse(record: Readonly<Record<string, string>>) {
    const amount = Number(record['amount'])
    if (Number.isNaN(amount)) throw new RangeError(`Expected a number in 'amount', got '${record['amount']}'`)
    return { account: record['account'] ?? '', amount }
  },
}

async function linesOf(folder: string): Promise<readonly unknown[]> {
  const names = (await readdir(join(directory, folder))).filter((name) => name.endsWith('.jsonl')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(directory, folder, name), 'utf8')))
  return texts.flatMap((text) => text.trim().split('\n')).map((line): unknown => JSON.parse(line))
}

it('brings every good line to the output and every bad one to the dead letters, with its place', async () => {
  const input = join(directory, 'in')
  await mkdir(input)
  await writeFile(join(input, 'a.csv'), 'account,amount\nA,1\nA,x\nB,2,3\n')
  await writeFile(join(input, 'b.csv'), 'account,amount\nB,"5\nC,7\n')
  await writeFile(join(input, 'c.csv'), '__proto__,amount\nA,1\n')
  const job = defineJob({ name: 'files' }, (env) => {
    env
      .fromSource(csvSource({ directory: input, pattern: '*.csv', schema: amounts }), { uid: 'lines' })
      .filter(({ amount }) => amount !== 0)
      .sinkTo(jsonLinesSink({ directory: join(directory, 'out') }), { uid: 'out' })
    env.deadLetters().sinkTo(deadLetterSink({ directory: join(directory, 'refused') }), { uid: 'refused' })
  })
  const options = { state: join(directory, 'state'), logger: new RecordingLogger() }
  await (await execute(job, {}, options)).result
  const output = [
    { account: 'A', amount: 1 },
    { account: 'C', amount: 7 },
  ]
  expect(await linesOf('out')).toEqual(expect.arrayContaining(output))
  expect(await linesOf('out')).toHaveLength(2)
  const letters = await linesOf('refused')
  const places = letters.map((letter) => String(Object(letter).place).slice(input.length + 1))
  expect(places.sort()).toEqual(['a.csv:3', 'a.csv:4', 'b.csv:2', 'c.csv:1'])
  expect(letters).toContainEqual(
    expect.objectContaining({ reason: "Expected a number in 'amount', got 'x'" }),
  )
  await (await execute(job, {}, options)).result
  expect(await linesOf('out')).toHaveLength(2)
  expect(await linesOf('refused')).toHaveLength(4)
})
