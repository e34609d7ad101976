// A job on a small real disk that fills up: it says so, uses no failed handle again, and is exactly once when there is space again.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineJob, fixedDelay, noRestart, valueState } from 'streamcore'
import { levelStateBackend } from 'streamcore/leveldb'
import { execute, type ExecuteOptions, levelState } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/testing'
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import { textLinesSink } from './text-lines-sink.js'

const diskBytes = 16 * 1_024 * 1_024
/** Enough to start, too little for all that the job writes. */
const leftBytes = 1_500_000

let disk: string
let isMounted = false
beforeEach(async () => {
  disk = await mkdtemp(join(tmpdir(), 'streamcore-full-disk-'))
  const options = ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', disk]
  isMounted = spawnSync('mount', options).status === 0
})
afterEach(async () => {
  if (isMounted) expect(spawnSync('umount', ['--lazy', disk]).status).toBe(0)
  await rm(disk, { recursive: true })
})

const keys = 40
const numbers = Array.from({ length: 16_000 }, (_, index) => index)
const filling = 'x'.repeat(300)

/** Counts per key; each line is one of its kind. */
const job = defineJob({ name: 'lines' }, (env) => {
  env
    .fromCollection(numbers)
    .keyBy((value) => value % keys)
    .process({
      uid: 'count',
      state: { count: valueState<number>('count') },
      *processElement(_, { key, state }) {
        const count = (state.count.value() ?? 0) + 1
        state.count.update(count)
        yield `${key} ${count} ${filling}`
      },
    })
    .sinkTo(textLinesSink({ directory: join(disk, 'out') }), { uid: 'out' })
})

const expected = numbers.map((value) => `${value % keys} ${1 + Math.floor(value / keys)}`).sort()

async function written(): Promise<readonly string[]> {
  const folder = join(disk, 'out')
  const names = (await readdir(folder)).filter((name) => name.startsWith('part-'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const lines = texts.flatMap((text) => text.split('\n').slice(0, -1))
  for (const line of lines) expect(line.endsWith(filling)).toBe(true)
  return lines.map((line) => line.slice(0, -filling.length - 1)).sort()
}

/** Takes what space there is but a little; gives the file to remove. */
async function fillDisk(): Promise<string> {
  const { bavail, bsize } = await statfs(disk)
  const ballast = join(disk, 'ballast')
  await writeFile(ballast, Buffer.alloc(bavail * bsize - leftBytes))
  return ballast
}

const grounds: Record<string, () => ExecuteOptions> = {
  'a directory': () => ({ state: join(disk, 'state') }),
  'LevelDB, with keyed state in LevelDB': () => ({
    state: levelState(join(disk, 'state')),
    stateBackend: levelStateBackend({ directory: join(disk, 'work'), cacheBytes: 0 }),
  }),
}

function skipWithoutDisk({ skip }: TestContext): void {
  if (!isMounted) skip('a tmpfs can not be mounted here; run as root to test a disk that fills up')
}

describe.each(Object.entries(grounds))('a job with checkpoints in %s', (_, ground) => {
  const options = (): ExecuteOptions => ({
    ...ground(),
    logger: new RecordingLogger(),
    checkpoint: { intervalMs: 20, tolerableFailures: 0 },
  })

  it('fails with the reason when its disk is full, and the next start goes on when it is not', async (context) => {
    skipWithoutDisk(context)
    await mkdir(join(disk, 'state'))
    const ballast = await fillDisk()
    const failing = await execute(job, {}, { ...options(), restart: noRestart() })
    const failure: unknown = await failing.result.catch((error: unknown) => error)
    expect(String(failure)).toMatch(/ENOSPC|[Nn]o space left on device/)
    expect(String(failure)).toContain(disk)
    rmSync(ballast)
    const { status } = await (await execute(job, {}, { ...options(), restart: noRestart() })).result
    expect(status).toBe('finished')
    expect(await written()).toEqual(expected)
  }, 60_000)

  it('restarts by its strategy until there is space again', async (context) => {
    skipWithoutDisk(context)
    await mkdir(join(disk, 'state'))
    const ballast = await fillDisk()
    let starts = 0
    const running = await execute(
      job,
      {},
      {
        ...options(),
        restart: fixedDelay(5, 10),
        onPhase: (phase) => {
          if (phase === 'restoring' && ++starts === 3) rmSync(ballast)
        },
      },
    )
    expect(await running.result).toMatchObject({ status: 'finished', restarts: 2 })
    expect(await written()).toEqual(expected)
  }, 60_000)
})
