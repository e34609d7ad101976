// Savepoints as folders: written by a running job, moved, restored at another parallelism and from LevelDB, refused when damaged.
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryTarget } from '../testing/memory-target.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { countingJob, hasRead, rowsOf, total } from '../runtime/test/counting-job.js'
import { execute, type ExecuteOptions } from './execute.js'
import { levelState } from './level-state.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-savepoints-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function start(target: MemoryTarget<string>, options: ExecuteOptions, gate = { limit: total }) {
  return await execute(countingJob(gate, target.sink()), {}, { logger: new RecordingLogger(), ...options })
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const half = 150

/** Takes a savepoint of the running job somewhere in its input, and ends it right then. */
async function savepointOf(target: MemoryTarget<string>, options: ExecuteOptions): Promise<string> {
  const place = join(directory, 'savepoint')
  const job = await start(target, options, { limit: half })
  await hasRead(job, half, turn)
  const written = await job.savepoint(place)
  expect(written).toMatchObject({ place, id: target.commits.at(-1)?.checkpointId })
  await job.cancel()
  return place
}

const quiet = { intervalMs: 3_600_000 }

describe('a savepoint in a folder', () => {
  it.each([
    ['a directory', (path: string) => path],
    ['LevelDB', levelState],
  ] as const)('of a job in %s can be moved and restored at another parallelism', async (_, stateIn) => {
    const target = new MemoryTarget<string>()
    const place = await savepointOf(target, { state: stateIn(join(directory, 'old')), checkpoint: quiet })
    await rm(join(directory, 'old'), { recursive: true })
    const moved = join(directory, 'moved')
    await rename(place, moved)
    const next = { state: stateIn(join(directory, 'new')), from: moved, parallelism: 3 }
    const job = await start(target, next)
    expect(await job.result).toMatchObject({ status: 'finished' })
    expect([...target.committed].sort()).toEqual(rowsOf(0, total))
    // Its own checkpoints need nothing of it.
    await rm(moved, { recursive: true })
    const { state } = next
    expect(await (await start(target, { state })).result).toMatchObject({ status: 'finished' })
    expect(target.committed).toHaveLength(total)
  })

  it('is whole or not there, and never written into a folder that holds anything', async () => {
    const target = new MemoryTarget<string>()
    const place = await savepointOf(target, { checkpoint: quiet })
    const job = await start(new MemoryTarget<string>(), { jobId: 'other' }, { limit: half })
    await hasRead(job, half, turn)
    await expect(job.savepoint(place)).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
    await job.cancel()
    const [slot = ''] = await readdir(join(place, 'slots'))
    await rm(join(place, 'slots', slot))
    await expect((await start(target, { from: place })).result).rejects.toMatchObject({
      code: 'STREAMCORE_CHECKPOINT_MISSING',
    })
  })

  it('is refused when a part is damaged, before a record is read', async () => {
    const target = new MemoryTarget<string>()
    const place = await savepointOf(target, { checkpoint: quiet })
    const [part = ''] = await readdir(join(place, 'parts'))
    const bytes = await readFile(join(place, 'parts', part))
    bytes[3] = (bytes[3] ?? 0) ^ 1
    await writeFile(join(place, 'parts', part), bytes)
    const count = target.committed.length
    await expect((await start(target, { from: place })).result).rejects.toMatchObject({
      code: 'STREAMCORE_CHECKPOINT_CORRUPT',
    })
    expect(target.committed).toHaveLength(count)
  })

  it('is asked for by its folder, and the new lineage by the savepoint', async () => {
    const target = new MemoryTarget<string>()
    await expect((await start(target, { from: join(directory, 'nowhere') })).result).rejects.toThrow(
      /to be the folder of a savepoint/,
    )
    await expect(start(target, { newLineage: true })).rejects.toThrow(/`newLineage` to come with `from`/)
  })
})
