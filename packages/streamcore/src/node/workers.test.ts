// Jobs in real threads, on the built package: they give what one thread gives, and a crashed worker costs nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { levelStateBackend } from '../leveldb/level-state-backend.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import type { ExecuteOptions } from './execute.js'
import type * as node from './index.js'
import { committedLines, type ThreadJobParams } from './test/thread-job.js'

const { execute }: Pick<typeof node, 'execute'> = await import(
  new URL('../../dist/node/index.js', import.meta.url).href
)
const jobUrl = new URL('test/thread-job.ts', import.meta.url)
const count = 2_000

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamcore-workers-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function start(params: Partial<ThreadJobParams> = {}, options: ExecuteOptions = {}) {
  const directory = join(folder, 'out')
  const logger = new RecordingLogger()
  const job = await execute(
    jobUrl,
    { directory, count, pauseMs: 1, crash: '', ...params },
    {
      parallelism: 2,
      workers: 2,
      state: join(folder, 'state'),
      checkpoint: { intervalMs: 10 },
      logger,
      ...options,
    },
  )
  return { job, directory, logger }
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1)

/** Each number of each split once; the counts of each key without a gap. */
function expectExactlyOnce(lines: readonly string[]): void {
  const numbers = lines.map((line) => /\((.*)\)/.exec(line)?.[1] ?? '').sort(byText)
  const expected = [0, 1, 2, 3].flatMap((split) => Array.from({ length: count }, (_, n) => `${split}/${n}`))
  expect(numbers).toEqual(expected.sort(byText))
  for (let key = 0; key < 10; key++) {
    const counts = lines.flatMap((line) =>
      line.startsWith(`key ${key}:`) ? [Number(line.split(' ')[2])] : [],
    )
    expect(counts).toEqual(Array.from({ length: (4 * count) / 10 }, (_, index) => index + 1))
  }
}

describe('a job in two workers', () => {
  it('gives what one thread gives, with records from every worker to every worker', async () => {
    const { job, directory } = await start()
    expect(await job.result).toMatchObject({ status: 'finished', restarts: 0 })
    expectExactlyOnce(committedLines(directory))
    const recordsIn = job.metrics.counter('records_in_total', { operator: 'numbers' })
    expect(recordsIn.value()).toBe(4 * count)
  })

  it.each(['exit', 'uncaught'] as const)(
    'goes on from a checkpoint when a worker ends (%s)',
    async (crash) => {
      const { job, directory, logger } = await start({ crash })
      expect(await job.result).toMatchObject({ status: 'finished', restarts: 1 })
      expectExactlyOnce(committedLines(directory))
      expect(logger.lines.map(({ message }) => message).join('\n')).toMatch(/worker [01] to run until/)
    },
  )

  it('keeps state in LevelDB, and goes on from a checkpoint when a worker ends', async () => {
    const stateBackend = levelStateBackend({ directory: join(folder, 'working'), cacheBytes: 0 })
    const { job, directory } = await start({ crash: 'exit' }, { stateBackend })
    expect(await job.result).toMatchObject({ status: 'finished', restarts: 1 })
    expectExactlyOnce(committedLines(directory))
  })

  it('reports what a function throws as one thread does', async () => {
    const { job } = await start({ crash: 'throw' })
    await expect(job.result).rejects.toMatchObject({
      code: 'STREAMCORE_USER_FUNCTION',
      message: expect.stringMatching(
        /TypeError: no number \(in map of operator .*thread-job\.ts.*split-1:1000/,
      ),
      details: { place: 'split-1:1000' },
    })
  })

  it('can be asked, saved, rescaled and stopped while it runs, and goes on afterwards', async () => {
    let isRunning = (): void => {}
    const running = new Promise<void>((resolve) => {
      isRunning = resolve
    })
    const onPhase: ExecuteOptions['onPhase'] = (phase) => phase === 'running' && isRunning()
    const { job, directory } = await start({ pauseMs: 100 }, { onPhase })
    await running
    let before: unknown
    // The first records come when their source is ready.
    for (let attempt = 0; before === undefined && attempt < 1_000; attempt++) {
      await job.checkpoint()
      before = await job.queryState('count', 'count', 'key 3')
    }
    expect(before).toBeGreaterThan(0)
    await job.savepoint(join(folder, 'savepoint'))
    await job.rescale(3)
    expect(await job.queryState('count', 'count', 'key 3')).toBeGreaterThanOrEqual(Number(before))
    await expect(job.queryState('cuont', 'count', 'key 3')).rejects.toThrow("got 'cuont'")
    expect(await job.stop()).toMatchObject({ status: 'stopped' })
    expect(committedLines(directory).length).toBeLessThan(4 * count)
    const { job: next } = await start()
    expect(await next.result).toMatchObject({ status: 'finished', restarts: 0 })
    expectExactlyOnce(committedLines(directory))
  })

  it('ends at once when it is cancelled', async () => {
    const { job } = await start()
    expect(await job.cancel()).toMatchObject({ status: 'cancelled' })
  })

  it('keeps going while a sink holds more than it should', async () => {
    const { job, directory } = await start({}, { maxPendingBytes: 1_000 })
    expect(await job.result).toMatchObject({ status: 'finished' })
    expectExactlyOnce(committedLines(directory))
  })
})
