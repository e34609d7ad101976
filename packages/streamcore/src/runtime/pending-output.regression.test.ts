// Sinks that held too much while a checkpoint was committed kept their sources waiting until the next interval.
import { expect, it } from 'vitest'
import type { TwoPhaseCommitSink } from '../contracts/sink.js'
import { execute } from '../node/execute.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { countingJob, hasRead, rowsOf, total } from './test/counting-job.js'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A sink whose commits wait until they are released. */
function heldSink(target: MemoryTarget<string>) {
  const sink = target.sink()
  let release = (): void => {}
  const isReleased = new Promise<void>((resolve) => {
    release = resolve
  })
  let begin = (): void => {}
  const isCommitting = new Promise<void>((resolve) => {
    begin = resolve
  })
  const held: TwoPhaseCommitSink<string, string> = {
    ...sink,
    createCommitter: async (context) => {
      const committer = await sink.createCommitter(context)
      return {
        ...committer,
        commit: async (marker, lines) => {
          begin()
          await isReleased
          await committer.commit(marker, lines)
        },
      }
    },
  }
  return { held, isCommitting, release: () => release() }
}

it('goes on as soon as there is room again, also when there was too much during a commit', async () => {
  const target = new MemoryTarget<string>()
  const { held, isCommitting, release } = heldSink(target)
  const gate = { limit: 10 }
  const job = await execute(
    countingJob(gate, held),
    {},
    {
      // Nothing but the need for room makes checkpoints in time.
      checkpoint: { intervalMs: 3_600_000 },
      maxPendingBytes: 15,
      logger: new RecordingLogger(),
    },
  )
  await hasRead(job, 10, turn)
  const first = job.checkpoint()
  await isCommitting
  gate.limit = total
  // The next batch alone is too much.
  await hasRead(job, 30, turn)
  release()
  await first
  expect(await job.result).toMatchObject({ status: 'finished' })
  expect([...target.committed].sort()).toEqual(rowsOf(0, total))
})
