// What a user sees when a job file, a function or a record is wrong: the first line, the number of lines, what was delivered.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../../dist/node/cli/main.js', import.meta.url))
const linesMax = 12

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-failures-'))
  const events = Array.from({ length: 20 }, (_, n) => JSON.stringify({ user: `u${n % 3}`, amount: n }))
  await writeFile(join(directory, 'events.jsonl'), `${events.join('\n')}\n`)
  await writeFile(join(directory, 'broken.jsonl'), '{"user":"u0"}\n{"user":\n')
})
afterAll(() => rm(directory, { recursive: true }))

interface Outcome {
  readonly code: number | null
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
}

function run(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: directory })
    const texts = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => (texts.stdout += String(chunk)))
    child.stderr.on('data', (chunk) => (texts.stderr += String(chunk)))
    child.once('error', reject)
    const linesOf = (text: string) => text.split('\n').slice(0, -1)
    child.once('close', (code) =>
      resolve({ code, stdout: linesOf(texts.stdout), stderr: linesOf(texts.stderr) }),
    )
  })
}

let files = 0

/** Runs a job whose function ends with these lines; they begin on line 7. */
async function runJob(
  body: string,
  args: readonly string[] = [],
): Promise<Outcome & { readonly file: string }> {
  const file = `job-${++files}.ts`
  const head = `import { jsonLinesSource, textLinesSink } from '@streamcore/connectors/files'
import { printSink } from 'streamcore/node'
import { defineJob, unchecked, valueState } from 'streamcore'
const source = (path: string) => jsonLinesSource({ path, schema: unchecked<any>() })
export const job = defineJob({ name: 'job' }, (env) => {
  const events = env.fromSource(source('events.jsonl'), { uid: 'events' })
`
  await writeFile(join(directory, file), `${head}${body}\n})\n`)
  return { ...(await run(['run', file, ...args])), file }
}

function errorLine({ stderr }: Outcome): string {
  return stderr.find((line) => line.startsWith('error: ')) ?? `no error in ${stderr.join('\n')}`
}

const print = `.sinkTo(printSink(), { uid: 'out' })`

describe('a failing job', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'a function throws',
      `  events.map((event) => event.user.name.first)${print}`,
      `error: TypeError: Cannot read properties of undefined (reading 'first') (in map of operator 'map-1', at FILE:7:41, on events.jsonl:1)`,
    ],
    [
      'a process function throws',
      `  events.keyBy((event) => event.user).process({
    uid: 'count', state: {}, *processElement(event) { event.missing.deep },
  })${print}`,
      `error: TypeError: Cannot read properties of undefined (reading 'deep') (in processElement of operator 'count', at FILE:8:69, on events.jsonl:1, for key "u0")`,
    ],
    [
      'a key is missing',
      `  events.keyBy((event) => event.usr).reduce({ uid: 'sum', reduce: (a) => a })${print}`,
      `error: Expected a key to be a string, number, bigint, boolean or a tuple of these, got undefined from 'usr'; the record has 'user', 'amount'; did you mean 'user'? (in key selector of operator 'sum', at FILE:7:38, on events.jsonl:1)`,
    ],
    [
      'a key is NaN',
      `  events.keyBy((event) => Number(event.user)).reduce({ uid: 'sum', reduce: (a) => a })${print}`,
      `error: Expected a key to be a string, number, bigint, boolean or a tuple of these, got NaN; the record has 'user', 'amount' (in key selector of operator 'sum', at FILE:7:47, on events.jsonl:1)`,
    ],
    [
      'state can not be serialised',
      `  events.keyBy((event) => event.user).process({
    uid: 'keep', state: { last: valueState<any>('last') },
    *processElement(event, { state }) { state.last.update({ event, log: [() => 1] }) },
  })${print}`,
      'error: Expected state "last" of operator "keep" to hold plain data, got a function at `value.log[0]` for key "u0".',
    ],
    [
      'a sink refuses a record',
      `  events.sinkTo(textLinesSink({ directory: 'refused', format: (event) => event.user.a.b }), { uid: 'out' })`,
      `error: TypeError: Cannot read properties of undefined (reading 'b') (in write of operator 'out', at FILE:7:87, on events.jsonl:1)`,
    ],
    [
      'input is broken',
      `  events.union(env.fromSource(source('broken.jsonl'), { uid: 'broken' }))${print}`,
      `error: Expected readable input at broken.jsonl:2, got: `,
    ],
    [
      'input is missing',
      `  events.union(env.fromSource(source('nowhere.jsonl'), { uid: 'nowhere' }))${print}`,
      `error: Expected readable input at nowhere.jsonl, got: Expected a file nowhere.jsonl, got none (source 'nowhere')`,
    ],
    [
      'a connection is missing',
      `  env.fromSource(jsonLinesSource({ path: 'x', connection: 'far', schema: unchecked<any>() }), { uid: 'far' })${print}`,
      `error: Expected \`connections.far\` to be a 'files' connection, got nothing; pass it to execute(), or export it`,
    ],
    [
      'the plan calls what does not exist',
      `  events.nothing()`,
      `error: events.nothing is not a function (at FILE:7:10)`,
    ],
    [
      'a sink is missing',
      `  events.map((event) => event)`,
      `error: Expected job 'job' to write somewhere, got no sink;`,
    ],
    [
      'a uid is used twice',
      `  events.sinkTo(printSink(), { uid: 'events' })`,
      `error: Expected every uid to be unique, got 'events' twice`,
    ],
    [
      'TypeScript would need a translation',
      `  enum Colour { Red }`,
      `error: FILE could not be loaded: TypeScript enum is not supported in strip-only mode (at FILE:7:3)`,
    ],
    [
      'the file is no TypeScript',
      `  events.map(`,
      `error: FILE could not be loaded: Expression expected (at FILE:8:1)`,
    ],
  ]

  it.each(cases)(
    'says so in the first line when %s, and in a few lines in all',
    async (_, body, expected) => {
      const outcome = await runJob(body)
      expect(errorLine(outcome).slice(0, expected.length + 20)).toContain(
        expected.replaceAll('FILE', outcome.file),
      )
      expect(outcome.stderr.length).toBeLessThanOrEqual(linesMax)
      expect(outcome.stderr.join('\n')).not.toMatch(/^\s+at /m)
      expect(outcome.code).toBe(1)
    },
  )

  it('names key and fields at parallelism 2 too', async () => {
    const outcome = await runJob(
      `  events.keyBy((event) => event.usr).reduce({ uid: 'sum', reduce: (a) => a })${print}`,
      ['--parallelism', '2'],
    )
    expect(errorLine(outcome)).toContain(
      `got undefined from 'usr'; the record has 'user', 'amount'; did you mean 'user'?`,
    )
    expect(outcome.code).toBe(1)
  })

  it.each(['1', '2'])(
    'delivers the records before the failing one at parallelism %s',
    async (parallelism) => {
      const outcome = await runJob(
        `  events.map((event) => {
    if (event.amount === 7) throw new Error('seven')
    return event.amount
  })${print}`,
        ['--parallelism', parallelism],
      )
      expect(outcome.stdout.map(Number).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6])
      expect(errorLine(outcome)).toContain('seven (in map of operator')
    },
  )

  it('shows the line, and the stack only when asked', async () => {
    const outcome = await runJob(`  events.map((event) => event.a.b)${print}`)
    expect(outcome.stderr).toContain(`  7 |   events.map((event) => event.a.b)${print}`)
    const traced = await run(['run', outcome.file, '--trace'])
    expect(traced.stderr.join('\n')).toMatch(/^\s+at /m)
  })
})

describe('a job file that can not be loaded', () => {
  it.each([
    [`import x from 'nopackage'`, `Cannot find package 'nopackage'`, 'npm install nopackage'],
    [`import { x } from './gone.ts'`, `Cannot find module 'gone.ts'`, './words.ts'],
    ['export const x = 1', 'to export `job` made by defineJob(), got x', 'STREAMCORE_JOB_LOAD'],
    [`throw new Error('boom')`, 'could not be loaded: boom (at FILE:1:7)', 'STREAMCORE_JOB_LOAD'],
  ])('is told with what to do: %s', async (text, expected, advice) => {
    const file = `load-${++files}.ts`
    await writeFile(join(directory, file), `${text}\n`)
    const outcome = await run(['run', file])
    expect(errorLine(outcome)).toContain(expected.replace('FILE', file))
    expect(outcome.stderr.join('\n')).toContain(advice)
    expect(outcome.stderr.length).toBeLessThanOrEqual(linesMax)
    expect(outcome.code).toBe(1)
  })

  it.each([
    [['run', 'nowhere.ts'], 'there is no nowhere.ts'],
    [['start', 'job.ts'], 'Expected one of the commands run'],
    [['run', 'job.ts', '--sate', 'x'], `Unknown option '--sate'`],
    [['run', 'job.ts', '--parallelism', '0'], 'Expected --parallelism to be an integer of at least 1, got 0'],
    [['run', 'job.ts', '--params', '{'], 'Expected --params to be JSON'],
    [
      ['run', 'job.ts', '--checkpoint-interval', '10'],
      'Expected --checkpoint-interval to be a number with a unit',
    ],
  ])('nor a command line: %j', async (args, expected) => {
    const outcome = await run(args)
    expect(errorLine(outcome)).toContain(expected)
    expect(outcome.code).toBe(1)
  })
})
