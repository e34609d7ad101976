// A whole job starts from a checkpoint in which a bit has flipped: it refuses, or nothing is wrong with its output.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { StreamcoreError } from '../contracts/errors.js'
import { SeededRandom } from '../contracts/ports/seeded-random.js'
import type { CommitMarker, TwoPhaseCommitSink } from '../contracts/sink.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { execute } from '../node/execute.js'
import { noRestart } from '../runtime/restart-strategy.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { RecordingLogger } from '../testing/recording-logger.js'

const root = await mkdtemp(join(tmpdir(), 'streamcore-damaged-restore-'))
afterAll(() => rm(root, { recursive: true }))

const numbers = Array.from({ length: 10_000 }, (_, index) => index)
const expected = numbers.map((value) => `${value % 7}: ${1 + Math.floor(value / 7)}`).sort()

function countingJob(sink: TwoPhaseCommitSink<string, string>, input: readonly number[]) {
  return defineJob({ name: 'count' }, (env) => {
    env
      .fromCollection(input)
      .keyBy((value) => value % 7)
      .process({
        uid: 'count',
        state: { count: valueState<number>('count') },
        *processElement(_, { key, state }) {
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          yield `${key}: ${count}`
        },
      })
      .sinkTo(sink, { uid: 'out' })
  })
}

/** Runs until the job ends, with one checkpoint, or fails. */
async function run(directory: string, sink: TwoPhaseCommitSink<string, string>, input = numbers) {
  const options = { state: directory, restart: noRestart(), logger: new RecordingLogger() }
  const running = await execute(countingJob(sink, input), undefined, options)
  return await running.result
}

/** A target that holds the output up to a marker, and fails at its n-th commit; `commits` gets what is added. */
function targetAt(
  marker: CommitMarker | undefined,
  commits: { readonly marker: CommitMarker; readonly lines: readonly string[] }[],
  failAt = 0,
): TwoPhaseCommitSink<string, string> {
  return {
    ...new MemoryTarget<string>().sink(),
    createCommitter: async () => ({
      claim: async () => commits.at(-1)?.marker ?? marker,
      commit: async (next, lines) => {
        if (commits.length + 1 === failAt) throw new Error('the process ends here')
        commits.push({ marker: next, lines })
      },
      close: async () => {},
    }),
  }
}

it('never restores a damaged checkpoint', async () => {
  const intact = join(root, 'intact')
  // The last checkpoint is durable and not committed.
  const before: Parameters<typeof targetAt>[1] = []
  await run(intact, targetAt(undefined, before), numbers.slice(0, 4_000))
  await expect(run(intact, targetAt(undefined, before, 2))).rejects.toThrow('the process ends here')
  const marker = before.at(-1)?.marker
  const names = (await readdir(intact, { recursive: true })).filter((name) =>
    /(parts|slots|commits)\/[^/]+$/.test(name),
  )
  expect(names.length).toBeGreaterThan(2)
  const random = new SeededRandom(3)
  let refused = 0
  for (const name of names) {
    for (let flip = 0; flip < 5; flip++) {
      const copy = join(root, 'copy')
      await cp(intact, copy, { recursive: true })
      const bytes = await readFile(join(copy, name))
      const at = random.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
      await writeFile(join(copy, name), bytes)
      const added: Parameters<typeof targetAt>[1] = []
      const outcome: unknown = await run(copy, targetAt(marker, added)).catch((error: unknown) => error)
      if (outcome instanceof StreamcoreError) {
        expect(outcome.code).toMatch(/CHECKPOINT_(CORRUPT|MISSING)|RESTORE/)
        refused++
      }
      // What a checkpoint holds uncommitted is committed before its state is read: all of it, once, or nothing.
      const all = [...before, ...added].flatMap(({ lines }) => lines).sort()
      if (added.length > 0 || !(outcome instanceof StreamcoreError)) expect(all, name).toEqual(expected)
      await rm(copy, { recursive: true })
    }
  }
  expect(refused).toBeGreaterThan(0)
}, 120_000)
