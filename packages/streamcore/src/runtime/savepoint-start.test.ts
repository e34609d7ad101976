// Savepoints of running jobs, and starts from them: what is refused, what a new lineage does, and what a crash in between leaves.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { copyCheckpoint } from '../checkpoint/copy-checkpoint.js'
import { lineageOf } from '../checkpoint/lineage.js'
import { MemoryCheckpointStorage } from '../checkpoint/memory-checkpoint-storage.js'
import type { CheckpointManifest, CheckpointStorage } from '../contracts/checkpoint-storage.js'
import { RetryableError } from '../contracts/errors.js'
import type { TwoPhaseCommitSink } from '../contracts/sink.js'
import { MemoryJobState, type MemoryJobOptions, startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { fixedDelay } from './restart-strategy.js'
import { countingJob, hasRead, numbers, rowsOf, total } from './test/counting-job.js'

const sorted = (texts: readonly string[]) => [...texts].sort()

/** Runs until `limit` records are committed, takes a savepoint, and either dies right then or reads `after` more first. */
async function savepointAt(limit: number, target: MemoryTarget<string>, after = 0) {
  const gate = { limit }
  const state = new MemoryJobState()
  const job = startInMemory(countingJob(gate, target.sink()), {
    state,
    checkpoint: { intervalMs: 1_000_000 },
  })
  await hasRead(job, limit, nextMacrotask)
  const written = await job.savepoint('first')
  if (after > 0) {
    gate.limit = limit + after
    await hasRead(job, limit + after, nextMacrotask)
    await job.stop()
  } else await job.cancel()
  const savepoint = state.savepoints.get('first')
  if (savepoint === undefined) throw new Error('no savepoint')
  return { state, savepoint, written }
}

async function run(target: MemoryTarget<string>, options: MemoryJobOptions, sink = target.sink()) {
  return await startInMemory(countingJob({ limit: total }, sink), options).result
}

describe('a savepoint', () => {
  it('continues in a new state folder without a word when the target holds just its output', async () => {
    const target = new MemoryTarget<string>()
    const { savepoint, written } = await savepointAt(100, target)
    expect(target.committed).toHaveLength(100)
    expect(written).toMatchObject({ place: 'first', id: target.commits.at(-1)?.checkpointId })
    const result = await run(target, { state: new MemoryJobState(), from: { savepoint }, parallelism: 3 })
    expect(result.status).toBe('finished')
    expect(sorted(target.committed)).toEqual(rowsOf(0, total))
  })

  it('commits the output it still holds when the target stands at the checkpoint before it', async () => {
    const target = new MemoryTarget<string>()
    const { state } = await savepointAt(100, target)
    const behind = new MemoryTarget<string>()
    const source = await newestOf(state.storage)
    expect(source.parent).toBeUndefined()
    // The target of the first checkpoint's parent is an empty one.
    const savepoint = await copied(state.storage, source)
    await run(behind, { state: new MemoryJobState(), from: { savepoint } })
    expect(sorted(behind.committed)).toEqual(rowsOf(0, total))
  })

  it('is refused when the target is ahead, saying what would be written twice, and nobody is fenced', async () => {
    const target = new MemoryTarget<string>()
    const { savepoint, state } = await savepointAt(100, target, 50)
    await expect(run(target, { state: new MemoryJobState(), from: { savepoint } })).rejects.toMatchObject({
      code: 'STREAMCORE_RESTORE',
      message: expect.stringMatching(/second time.*--new-lineage/),
    })
    expect(target.committed).toHaveLength(150)
    // The job that owns the target goes on as if nothing had been.
    await run(target, { state })
    expect(sorted(target.committed)).toEqual(rowsOf(0, total))
  })

  it('is refused when the target holds nothing of the job, saying what would be missing', async () => {
    const { savepoint } = await savepointAt(100, new MemoryTarget<string>(), 50)
    const second = await copiedAs(savepoint, { parent: { id: 1, madeBy: 1 } })
    const empty = new MemoryTarget<string>()
    await expect(run(empty, { state: new MemoryJobState(), from: { savepoint: second } })).rejects.toThrow(
      /no output of this job.*missing/,
    )
    expect(empty.committed).toEqual([])
  })

  it('is refused for a job that lacks its state, before anything is touched', async () => {
    const target = new MemoryTarget<string>()
    const { savepoint } = await savepointAt(100, target)
    const other = defineJob({ name: 'count' }, (env) => {
      env
        .fromSource(numbers({ limit: total }), { uid: 'numbers' })
        .map(String)
        .sinkTo(target.sink(), { uid: 'out' })
    })
    const state = new MemoryJobState()
    await expect(startInMemory(other, { state, from: { savepoint } }).result).rejects.toMatchObject({
      code: 'STREAMCORE_STATE_MISMATCH',
    })
    expect(await state.storage.slots()).toEqual([])
  })
})

describe('a new lineage', () => {
  it('goes on from the savepoint above the marker of the target, and what it writes is committed', async () => {
    const target = new MemoryTarget<string>()
    const { savepoint } = await savepointAt(100, target, 50)
    const last = target.commits.at(-1)
    await run(target, { state: new MemoryJobState(), from: { savepoint, newLineage: true } })
    // The 50 records after the savepoint are there twice, nothing else is, and nothing was skipped as "committed".
    expect(sorted(target.committed)).toEqual([...rowsOf(0, 150), ...rowsOf(100, total)].sort())
    const next = target.commits.filter((marker) => marker.epoch > (last?.epoch ?? 0))
    expect(next.length).toBeGreaterThan(1)
    for (const marker of next) expect(marker.checkpointId).toBeGreaterThan(last?.checkpointId ?? 0)
  })

  it('begins in an empty target as well, and in the state folder of the job itself', async () => {
    const target = new MemoryTarget<string>()
    const { savepoint, state } = await savepointAt(100, target, 50)
    const empty = new MemoryTarget<string>()
    const second = await copiedAs(savepoint, { parent: { id: 1, madeBy: 1 } })
    await run(empty, { state: new MemoryJobState(), from: { savepoint: second, newLineage: true } })
    expect(sorted(empty.committed)).toEqual(rowsOf(100, total))
    await run(target, { state, from: { savepoint, newLineage: true } })
    expect(sorted(target.committed)).toEqual([...rowsOf(0, 150), ...rowsOf(100, total)].sort())
  })

  it('is begun once: the same start again goes on from its own checkpoints', async () => {
    const target = new MemoryTarget<string>()
    const { savepoint } = await savepointAt(100, target, 50)
    const state = new MemoryJobState()
    const from = { savepoint, newLineage: true }
    const gate = { limit: 200 }
    const job = startInMemory(countingJob(gate, target.sink()), { state, from })
    await hasRead(job, 100, nextMacrotask)
    await job.stop()
    await run(target, { state, from })
    expect(sorted(target.committed)).toEqual([...rowsOf(0, 150), ...rowsOf(100, total)].sort())
    expect(lineageOf(await newestOf(state.storage))).toMatchObject({
      savepoint: { jobId: 'count' },
      over: undefined,
    })
  })

  it.each([1, 2, 3])(
    'survives a failing commit (number %i after its start), in the run and in the next one',
    async (nth) => {
      const target = new MemoryTarget<string>()
      const { savepoint } = await savepointAt(100, target, 50)
      let commits = 0
      const sink = target.sink()
      const flaky: TwoPhaseCommitSink<string, string> = {
        ...sink,
        createCommitter: async (context) => {
          const committer = await sink.createCommitter(context)
          return {
            ...committer,
            commit: async (marker, committables) => {
              if (++commits === nth) throw new RetryableError('STREAMCORE_CONNECTION', 'The target is away')
              await committer.commit(marker, committables)
            },
          }
        },
      }
      const from = { savepoint, newLineage: true }
      const state = new MemoryJobState()
      const often = { intervalMs: 1 }
      await expect(run(target, { state, from, checkpoint: often }, flaky)).rejects.toThrow('away')
      // Whoever starts it next, with or without the savepoint, is in the new lineage.
      await run(target, nth === 2 ? { state } : { state, from, restart: fixedDelay(1, 1) })
      expect(sorted(target.committed)).toEqual([...rowsOf(0, 150), ...rowsOf(100, total)].sort())
    },
  )
})

async function newestOf(storage: CheckpointStorage): Promise<CheckpointManifest> {
  const newest = (await storage.slots()).filter((slot) => slot.kind === 'checkpoint').at(-1)
  if (newest === undefined) throw new Error('no checkpoint')
  return newest
}

async function copied(from: CheckpointStorage, source: CheckpointManifest): Promise<CheckpointStorage> {
  const to = new MemoryCheckpointStorage(simulatedDigest)
  await copyCheckpoint({ from, source, to, target: source })
  return to
}

async function copiedAs(
  from: CheckpointStorage,
  facts: Partial<CheckpointManifest>,
): Promise<CheckpointStorage> {
  const source = await newestOf(from)
  const to = new MemoryCheckpointStorage(simulatedDigest)
  await copyCheckpoint({ from, source, to, target: { ...source, ...facts } })
  return to
}
