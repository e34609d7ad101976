// `streamcore run` as a process: state that survives, signals, what the last line and the exit code say.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../../dist/node/cli/main.js', import.meta.url))

let directory: string
const children: ChildProcess[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-runs-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(directory, { recursive: true })
})

/** A running `streamcore run`. */
class Run {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  stdout = ''
  stderr = ''
  readonly #watchers = new Set<() => void>()

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [program, 'run', ...args], { cwd: directory })
    child.stdout.on('data', (chunk) => this.#take('stdout', String(chunk)))
    child.stderr.on('data', (chunk) => this.#take('stderr', String(chunk)))
    this.child = child
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)))
    children.push(child)
  }

  async says(stream: 'stdout' | 'stderr', text: string): Promise<void> {
    while (!this[stream].includes(text)) {
      await Promise.race([
        new Promise<void>((resolve) => this.#watchers.add(resolve)),
        this.ended.then((code) => {
          if (!this[stream].includes(text))
            throw new Error(`ended with ${code} before '${text}': ${this.stderr}`)
        }),
      ])
    }
  }

  #take(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text
    for (const watcher of this.#watchers) watcher()
    this.#watchers.clear()
  }
}

async function writeEvents(count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) => `${JSON.stringify({ user: `u${n % 3}`, n })}\n`)
  await writeFile(join(directory, 'events.jsonl'), lines.join(''))
}

/** Running counts of `events.jsonl` into the folder `counts`; `step` is applied to each event. */
async function writeCountJob(step = 'event'): Promise<void> {
  await writeFile(
    join(directory, 'job.ts'),
    `import { jsonLinesSource, textLinesSink } from '@streamcore/connectors/files'
import { defineJob, unchecked, valueState } from 'streamcore'
interface Event { user: string; n: number }
export const job = defineJob({ name: 'count' }, (env) => {
  env.fromSource(jsonLinesSource({ path: 'events.jsonl', schema: unchecked<Event>() }), { uid: 'events' })
    .map((event) => ${step})
    .keyBy((event) => event.user)
    .process({
      uid: 'count',
      state: { count: valueState<number>('count') },
      *processElement(event, { key, state }) {
        const count = (state.count.value() ?? 0) + 1
        state.count.update(count)
        yield \`\${key} \${count}\`
      },
    })
    .sinkTo(textLinesSink({ directory: 'counts' }), { uid: 'counts' })
})
`,
  )
}

async function counts(): Promise<readonly string[]> {
  const folder = join(directory, 'counts')
  const parts = (await readdir(folder)).filter((name) => name.startsWith('part-')).toSorted()
  const texts = await Promise.all(parts.map((part) => readFile(join(folder, part), 'utf8')))
  return texts.join('').split('\n').slice(0, -1)
}

const expectedCounts = (count: number) =>
  Array.from({ length: count }, (_, n) => `u${n % 3} ${Math.floor(n / 3) + 1}`)

describe('streamcore run', () => {
  it('says first that state is in memory, and last how the run ended', async () => {
    await writeEvents(10)
    await writeCountJob()
    const run = new Run(['job.ts'])
    expect(await run.ended).toBe(0)
    const lines = run.stderr.split('\n')
    expect(lines[0]).toMatch(/INFO state is in memory .* --state \.\/state/)
    expect(lines.at(-2)).toMatch(/^job finished: 10 records read, 1 checkpoint, \d+\.\d s$/)
    expect(await counts()).toEqual(expectedCounts(10))
  })

  it('counts in several threads what one counts', async () => {
    await writeEvents(3_000)
    await writeCountJob()
    const run = new Run(['job.ts', '--workers', '2'])
    expect(await run.ended, run.stderr).toBe(0)
    expect(run.stderr).toMatch(/job finished: 3,000 records read/)
    expect((await counts()).toSorted()).toEqual(expectedCounts(3_000).toSorted())
  })

  it('refuses more threads than there is work for, and says so', async () => {
    await writeCountJob()
    const run = new Run(['job.ts', '--workers', '3', '--parallelism', '2'])
    expect(await run.ended).toBe(1)
    expect(run.stderr).toMatch(/`workers` to be at most `parallelism`.* got 3 workers at parallelism 2/)
  })

  it('never writes over the output of an earlier run', async () => {
    await writeEvents(10)
    await writeCountJob()
    expect(await new Run(['job.ts']).ended).toBe(0)
    const second = new Run(['job.ts'])
    expect(await second.ended).toBe(1)
    expect(second.stderr).toContain(`the output in sink 'counts' of job 'count'`)
    expect(await counts()).toEqual(expectedCounts(10))
  })

  it('goes on after a failure was corrected, with nothing lost and nothing doubled', async () => {
    await writeEvents(1_000)
    await writeCountJob(`(() => { if (event.n === 700) throw new Error('seven hundred'); return event })()`)
    const failing = new Run(['job.ts', '--state', 'state', '--checkpoint-interval', '1ms'])
    expect(await failing.ended).toBe(1)
    expect(failing.stderr).toContain('seven hundred (in map of operator')
    expect(failing.stderr).toContain('events.jsonl:701')
    await writeCountJob()
    expect(await new Run(['job.ts', '--state', 'state', '--parallelism', '2']).ended).toBe(0)
    expect((await counts()).toSorted()).toEqual(expectedCounts(1_000).toSorted())
  })

  it('counts dead letters in its last line', async () => {
    await writeFile(join(directory, 'events.jsonl'), '{"n":1}\n{"n":\n{"n":2}\n')
    await writeFile(
      join(directory, 'job.ts'),
      `import { jsonLinesSource } from '@streamcore/connectors/files'
import { printSink } from 'streamcore/node'
import { defineJob, unchecked } from 'streamcore'
export const job = defineJob({ name: 'letters' }, (env) => {
  env.fromSource(jsonLinesSource({ path: 'events.jsonl', schema: unchecked<{ n: number }>() }), { uid: 'events' })
    .map((event) => event.n).sinkTo(printSink<number>(), { uid: 'out' })
  env.deadLetters().map((letter) => \`dead \${letter.place}\`).sinkTo(printSink<string>(), { uid: 'dead' })
})
`,
    )
    const run = new Run(['job.ts'])
    expect(await run.ended).toBe(0)
    expect(run.stderr).toContain('job finished: 2 records read, 1 dead letter, 1 checkpoint')
    expect(run.stdout.split('\n').toSorted()).toEqual(['', '1', '2', 'dead events.jsonl:2'])
  })

  it.each([
    ['a folder that can not be', 'afile', 'error: Expected to create the directory afile/count/'],
    ['a service that does not answer', 'state', 'error: Expected the broker at 127.0.0.1:9 to answer'],
  ])('tells a start that fails at once, with %s', async (_, state, expected) => {
    await writeEvents(1)
    await writeFile(join(directory, 'afile'), '')
    await writeCountJob()
    const job = await readFile(join(directory, 'job.ts'), 'utf8')
    const unreachable = `import { RetryableError } from 'streamcore'
const input = jsonLinesSource({ path: 'events.jsonl', schema: unchecked<Event>() })
const broker = { ...input, createEnumerator: async () => {
  throw new RetryableError('STREAMCORE_CONNECTION', 'Expected the broker at 127.0.0.1:9 to answer, got: ECONNREFUSED; check that it runs')
} }
`
    await writeFile(
      join(directory, 'job.ts'),
      state === 'state'
        ? unreachable + job.replace(/fromSource\(.*\), \{ uid/, 'fromSource(broker, { uid')
        : job,
    )
    const run = new Run(['job.ts', '--state', state])
    expect(await run.ended).toBe(1)
    const lines = run.stderr.split('\n').slice(0, -1)
    expect(lines[0]).toContain(expected)
    expect(lines.length).toBeLessThanOrEqual(3)
  })

  it('hands a job over to the streamcore that is installed beside it', async () => {
    const copy = join(directory, 'node_modules/streamcore')
    await mkdir(join(copy, 'dist/node/cli'), { recursive: true })
    await writeFile(join(copy, 'package.json'), '{ "name": "streamcore", "type": "module" }')
    await writeFile(
      join(copy, 'dist/node/cli/main.js'),
      `console.log('its own copy', process.argv.slice(2).join(' '))`,
    )
    await writeCountJob()
    const run = new Run(['job.ts', '--state', 'state'])
    expect(await run.ended).toBe(0)
    expect(run.stdout).toBe('its own copy run job.ts --state state\n')
  })

  it('prints the plan with the names that messages use', async () => {
    await writeCountJob()
    const run = new Run(['job.ts', '--explain'])
    expect(await run.ended).toBe(0)
    expect(run.stdout).toContain('-> [hash] count: process, state count (value)')
    expect(run.stderr).toBe('')
  })
})

/** A source that never ends: numbers, a few at a time, and goes on where its position says. */
const endlessJob = `import { defineJob } from 'streamcore'
import { printSink } from 'streamcore/node'
const numbers = {
  kind: 'numbers', config: null, boundedness: 'unbounded',
  createEnumerator: async () => ({ discover: async () => [{ id: 'all', info: null }], close: async () => {} }),
  createReader: async (_split, position) => {
    let next = position ?? 0
    return {
      fetch: async () => {
        await new Promise((resolve) => setImmediate(resolve))
        const start = next++
        return { records: [start], positionAfter: () => start + 1, endPosition: start + 1, placeOf: String, isEnd: false }
      },
      close: async () => {},
    }
  },
} as any
export const job = defineJob({ name: 'endless' }, (env) => {
  env.fromSource<number>(numbers, { uid: 'numbers' }).sinkTo(printSink<number>(), { uid: 'out' })
})
`

describe('signals', () => {
  it('stop with a last checkpoint, from which the next run goes on', async () => {
    await writeFile(join(directory, 'job.ts'), endlessJob)
    const first = new Run(['job.ts', '--state', 'state'])
    await first.says('stdout', '\n5\n')
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(first.stderr).toMatch(/job stopped: .*\nrun the same command again to go on from there\n$/)
    const second = new Run(['job.ts', '--state', 'state'])
    await second.says('stdout', '\n')
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    const [printed, printedLater] = [first, second].map((run) =>
      run.stdout.split('\n').slice(0, -1).map(Number),
    )
    // At least once: what was printed after the last barrier may come again, nothing is left out.
    expect(printedLater?.[0]).toBeGreaterThan(0)
    expect(printedLater?.[0]).toBeLessThanOrEqual(printed?.length ?? 0)
  })

  it('are the exit code of a stop that forgets', async () => {
    await writeFile(join(directory, 'job.ts'), endlessJob)
    const run = new Run(['job.ts'])
    await run.says('stdout', '\n')
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(130)
    expect(run.stderr).toContain('its state was in memory and is gone')
  })

  it('need not come for a start that waits for nothing: it fails', async () => {
    await writeFile(
      join(directory, 'job.ts'),
      endlessJob.replace(
        'createEnumerator: async () => (',
        'createEnumerator: () => new Promise(() => {}), unused: () => (',
      ),
    )
    const run = new Run(['job.ts'])
    expect(await run.ended).toBe(1)
    expect(run.stderr).toContain(
      'error: Expected the job to end, but it waits and nothing is left that could wake it',
    )
  })

  it('end a job that waits for a service at once', async () => {
    await writeFile(
      join(directory, 'job.ts'),
      endlessJob.replace(
        'createEnumerator: async () => (',
        `createEnumerator: async () => { console.log('connecting'); setInterval(() => {}, 1000); return new Promise(() => {}) }, unused: async () => (`,
      ),
    )
    const run = new Run(['job.ts', '--state', 'state'])
    await run.says('stdout', 'connecting')
    run.child.kill('SIGTERM')
    expect(await run.ended).toBe(143)
  })
})
