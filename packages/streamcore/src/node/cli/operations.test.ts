// The commands that look into checkpoints and plan restores, as processes over real savepoints.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../../dist/node/cli/main.js', import.meta.url))

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-operations-'))
})
afterEach(async () => {
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

async function writeEvents(count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) => `${JSON.stringify({ user: `u${n % 3}`, n })}\n`)
  await writeFile(join(directory, 'events.jsonl'), lines.join(''))
}

/** Keeps a count and the last numbers of each user; `state` and `code` may be another version of that. */
async function writeJob(
  state = `count: valueState<number>('count'), last: mapState<string, number>('last')`,
  code = `state.last.put('n', event.n)`,
  uid = 'count',
): Promise<void> {
  await writeFile(
    join(directory, 'job.ts'),
    `import { jsonLinesSource, textLinesSink } from '@streamcore/connectors/files'
import { defineJob, listState, mapState, unchecked, valueState } from 'streamcore'
interface Event { user: string; n: number }
export const job = defineJob({ name: 'count' }, (env) => {
  env.fromSource(jsonLinesSource({ path: 'events.jsonl', schema: unchecked<Event>() }), { uid: 'events' })
    .keyBy((event) => event.user)
    .process({
      uid: '${uid}',
      state: { ${state} },
      *processElement(event, { key, state }) {
        const count = (state.count.value() ?? 0) + 1
        state.count.update(count)
        ${code}
        yield \`\${key} \${count}\`
      },
    })
    .sinkTo(textLinesSink({ directory: 'counts' }), { uid: 'counts' })
})
`,
  )
}

async function runJob(): Promise<void> {
  expect(await streamcore('run', 'job.ts', '--state', 'state')).toMatchObject({ code: 0 })
}

const state = 'state/count'

describe('streamcore state', () => {
  it('lists operators and states with kinds, versions and numbers of keys', async () => {
    await writeEvents(30)
    await writeJob()
    await runJob()
    const { code, stdout } = await streamcore('state', 'list', state)
    expect(code).toBe(0)
    expect(stdout).toMatch(/checkpoint \d+ of job 'count' in state\/count .*all input was read/)
    expect(stdout).toMatch(/count +value, version 1 +3 keys/)
    expect(stdout).toMatch(/last +map, version 1 +3 keys/)
    const listed = JSON.parse((await streamcore('state', 'list', state, '--json')).stdout)
    expect(listed.operators.map((operator: { uid: string }) => operator.uid).toSorted()).toEqual([
      'count',
      'counts',
      'events',
    ])
  })

  it('reads one key, and says when there is none', async () => {
    await writeEvents(30)
    await writeJob()
    await runJob()
    const found = await streamcore('state', 'get', state, 'count', 'u1')
    expect(found).toMatchObject({
      code: 0,
      stdout: 'key "u1" (string)\n  count: 10\n  last: {"$map":[["n",28]]}\n',
    })
    expect(await streamcore('state', 'get', state, 'count', 'u9')).toMatchObject({ code: 1 })
    const wrong = await streamcore('state', 'get', state, 'cuont', 'u1')
    expect(wrong.stderr).toMatch(/Expected the uid of an operator .*events, count, counts.*got 'cuont'/)
  })

  it('compares two checkpoints and exports one as lines of JSON', async () => {
    await writeEvents(30)
    await writeJob()
    await runJob()
    await writeEvents(31)
    await runJob()
    const ids = (await readdir(join(directory, state, 'slots'))).map((name) => Number(name.slice(5)))
    const complete: number[] = []
    for (const id of ids.toSorted((a, b) => a - b)) {
      const { code } = await streamcore('state', 'list', state, '--checkpoint', String(id))
      if (code === 0) complete.push(id)
    }
    const changed = await streamcore('state', 'diff', state, state, '--checkpoint', String(complete[0]))
    expect(changed.code).toBe(1)
    expect(changed.stdout).toContain('~ count.count "u0": 10 -> 11')
    expect(changed.stdout).not.toContain('"u1"')
    expect(await streamcore('state', 'diff', state, state)).toMatchObject({
      code: 0,
      stdout: '0 differences\n',
    })
    const exported = (await streamcore('state', 'export', state, '--uid', 'count')).stdout
      .trimEnd()
      .split('\n')
    expect(exported.map((line) => JSON.parse(line))).toContainEqual({
      kind: 'state',
      uid: 'count',
      state: 'count',
      key: 'u0',
      value: 11,
    })
  })

  it('says what a folder is when it is no checkpoint', async () => {
    await writeEvents(3)
    await writeJob()
    await runJob()
    expect((await streamcore('state', 'list', 'state')).stderr).toMatch(/but it holds one: give state\/count/)
    expect((await streamcore('state', 'list', 'nowhere')).stderr).toMatch(/but there is nothing/)
    expect((await streamcore('state', 'lits', state)).stderr).toMatch(/list\|get\|diff\|export/)
  })
})

describe('streamcore plan', () => {
  it('says what is kept, new and dropped, and that a start needs a word for what is dropped', async () => {
    await writeEvents(30)
    await writeJob()
    await runJob()
    expect(await streamcore('plan', 'job.ts', '--from', state)).toMatchObject({ code: 0 })
    await writeJob(`count: valueState<number>('count'), all: listState<number>('all')`, '')
    const { code, stdout } = await streamcore('plan', 'job.ts', '--from', state)
    expect(code).toBe(1)
    expect(stdout).toMatch(/kept +events +operator/)
    expect(stdout).toMatch(/kept +count\.count +value state, version 1/)
    expect(stdout).toMatch(/new +count\.all +list state, version 1/)
    expect(stdout).toMatch(/dropped +count\.last +map state, version 1/)
    expect(stdout).toMatch(/refused: .*declare it again, or restore with allowDroppedState/)
    const allowed = ['plan', 'job.ts', '--from', state, '--allow-dropped-state']
    expect(await streamcore(...allowed)).toMatchObject({ code: 0 })
    const { isPossible, states } = JSON.parse((await streamcore(...allowed, '--json')).stdout)
    expect(isPossible).toBe(true)
    expect(states.map((each: { fate: string }) => each.fate)).toContain('dropped')
  })

  it('finds state of another kind, which a run refuses with the same words', async () => {
    await writeEvents(30)
    await writeJob()
    await runJob()
    await writeJob(`count: valueState<number>('count'), last: listState<number>('last')`, '')
    const planned = await streamcore('plan', 'job.ts', '--from', state)
    expect(planned).toMatchObject({ code: 1 })
    const [, reason = 'none'] = /refused: (.*)/.exec(planned.stdout) ?? []
    expect(reason).toMatch(/'last' of operator 'count' to be a map state of version 1.*got a list state/)
    expect((await streamcore('run', 'job.ts', '--state', 'state')).stderr).toContain(reason)
  })
})

describe('encrypted state', () => {
  const keyFile = (count: number) =>
    JSON.stringify({
      keys: [1, 2]
        .slice(0, count)
        .map((each) => ({ id: `k${each}`, key: Buffer.alloc(32, each).toString('base64') })),
    })

  it('is written, read, copied and begun from with its keys, and not without them', async () => {
    await writeEvents(30)
    await writeJob()
    await writeFile(join(directory, 'keys.json'), keyFile(1))
    expect(await streamcore('run', 'job.ts', '--state', 'state', '--keys', 'keys.json')).toMatchObject({
      code: 0,
    })
    expect((await streamcore('state', 'list', state)).stderr).toMatch(/it is encrypted; give its keys/)
    await writeFile(join(directory, 'keys.json'), keyFile(2))
    const { code, stdout } = await streamcore('state', 'list', state, '--keys', 'keys.json')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/encrypted; this folder needs k1\n/),
    })
    expect(await streamcore('savepoint', state, 'copy', '--keys', 'keys.json')).toMatchObject({ code: 0 })
    const got = await streamcore('state', 'get', 'copy', 'count', 'u1', '--keys', 'keys.json')
    expect(got.stdout).toContain('count: 10')
    expect(await streamcore('plan', 'job.ts', '--from', 'copy', '--keys', 'keys.json')).toMatchObject({
      code: 0,
    })
    expect(await streamcore('plan', 'job.ts', '--from', 'copy')).toMatchObject({ code: 1, stdout: '' })
    const next = ['run', 'job.ts', '--state', 'new', '--keys', 'keys.json', '--from', 'copy']
    expect(await streamcore(...next)).toMatchObject({ code: 0 })
    expect((await streamcore('run', 'job.ts', '--state', 'new')).stderr).toMatch(
      /it is encrypted; give its keys/,
    )
  })
})
