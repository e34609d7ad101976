// The commands that look into checkpoints and plan restores show operator state and broadcast state, too.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../../dist/node/cli/main.js', import.meta.url))
const state = 'state/rates'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-operator-state-'))
  await writeJob({})
  expect(await streamcore('run', 'job.ts', '--state', 'state')).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program to its end. */
function streamcore(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: directory }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** Keeps the amounts it has no rate for; `list` and `rates` may be other versions of the states. */
async function writeJob({
  list = `operatorListState<number>('waiting')`,
  rates = `broadcastState<string, number>('rates')`,
}: {
  readonly list?: string
  readonly rates?: string
}): Promise<void> {
  await writeFile(
    join(directory, 'job.ts'),
    `import { broadcastState, defineJob, operatorListState, unionListState } from 'streamcore'
import { printSink } from 'streamcore/node'
const rates = ${rates}
export const job = defineJob({ name: 'rates' }, (env) => {
  env.fromCollection([1, 2, 3], { uid: 'amounts' })
    .connect(env.fromCollection(['USD', 'EUR'], { uid: 'changes' }).broadcast(rates))
    .process({
      uid: 'convert',
      state: { waiting: ${list} },
      processElement(amount, ctx) {
        ctx.state.waiting.add(amount)
      },
      processBroadcastElement(currency, ctx) {
        ctx.broadcastState(rates).put(currency, currency.length)
      },
    })
    .sinkTo(printSink<never>(), { uid: 'out' })
})
`,
  )
}

describe('streamcore state', () => {
  it('lists how many elements and keys each state holds', async () => {
    const { stdout } = await streamcore('state', 'list', state)
    expect(stdout).toMatch(/waiting +split-list, version 1 +3 elements/)
    expect(stdout).toMatch(/rates +broadcast, version 1 +2 keys/)
  })

  it('gets what is held for a key and without one', async () => {
    expect(await streamcore('state', 'get', state, 'convert')).toMatchObject({
      code: 0,
      stdout: 'rates "USD": 3\nrates "EUR": 3\nwaiting: 1\nwaiting: 2\nwaiting: 3\n',
    })
    expect(await streamcore('state', 'get', state, 'convert', 'USD')).toMatchObject({
      code: 0,
      stdout: 'key "USD" (string)\n  rates: 3\n',
    })
    const none = await streamcore('state', 'get', state, 'amounts')
    expect(none).toMatchObject({ code: 1, stderr: "operator 'amounts' holds nothing without a key\n" })
  })

  it('exports every element, and finds no difference to itself', async () => {
    const { stdout } = await streamcore('state', 'export', state, '--uid', 'convert')
    const entries = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(entries).toContainEqual({ kind: 'element', uid: 'convert', state: 'waiting', value: 2 })
    expect(entries).toContainEqual({
      kind: 'broadcast',
      uid: 'convert',
      state: 'rates',
      key: 'EUR',
      value: 3,
    })
    expect(await streamcore('state', 'diff', state, state)).toMatchObject({ code: 0 })
  })
})

describe('streamcore plan', () => {
  it.each<[string, Parameters<typeof writeJob>[0], number, RegExp]>([
    ['keeps what is unchanged', {}, 0, /kept +convert\.waiting +split-list state, version 1/],
    [
      'migrates a broadcast state',
      {
        rates: `broadcastState<string, number>('rates', { version: 2, migrate: { 1: (old: number) => old } })`,
      },
      0,
      /migrated +convert\.rates +broadcast state, version 1 -> broadcast state, version 2/,
    ],
    [
      'refuses a list that becomes a union',
      { list: `unionListState<number>('waiting')` },
      1,
      /incompatible +convert\.waiting +split-list state, version 1 -> union-list state, version 1/,
    ],
    [
      'tells what is new and what would be dropped',
      { list: `operatorListState<number>('pending')` },
      1,
      /dropped +convert\.waiting +split-list state, version 1\n.*new +convert\.pending +split-list state, version 1/s,
    ],
  ])('%s', async (_, versions, exitCode, text) => {
    await writeJob(versions)
    const { code, stdout } = await streamcore('plan', 'job.ts', '--from', state)
    expect(stdout).toMatch(text)
    expect(code).toBe(exitCode)
  })
})
