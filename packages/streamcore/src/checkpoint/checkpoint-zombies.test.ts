// Several incarnations over one directory, stopped, woken up and killed at random: a fenced one never publishes.
import { expect, it } from 'vitest'
import type { CheckpointRef } from '../contracts/checkpoint-storage.js'
import type { Incarnation } from '../simulation/incarnation.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { SimulatedDisk } from '../simulation/simulated-disk.js'
import { SimulatedWorld } from '../simulation/simulated-world.js'
import { manifestOf, publishCheckpoint } from '../testing/contracts/checkpoint-storage.contract.js'
import { DirectoryCheckpointStorage } from './directory-checkpoint-storage.js'

const parts = { part: Uint8Array.of(1, 2, 3) }

/** What happened, in the order in which the processes heard of it. */
interface History {
  readonly published: CheckpointRef[]
  /** What each epoch saw once it had sealed its slot, keyed by epoch. */
  readonly starts: Map<number, readonly CheckpointRef[]>
  readonly violations: string[]
}

async function runJob(disk: SimulatedDisk, process: Incarnation, history: History): Promise<void> {
  const epoch = process.number
  const storage = await DirectoryCheckpointStorage.open({
    fileSystem: disk.fileSystem(process),
    digest: simulatedDigest,
    directory: 'checkpoints',
  })
  let sealedId = 0
  for (let attempt = 0; attempt < 10 && sealedId === 0; attempt++) {
    const id = ((await storage.slots()).at(-1)?.id ?? 0) + 1
    if (await storage.seal({ kind: 'sealed', id, madeBy: epoch })) sealedId = id
  }
  if (sealedId === 0) return
  const seen = (await storage.slots()).flatMap((slot) => (slot.kind === 'damaged' ? [] : [slot]))
  history.starts.set(epoch, seen)
  await storage.removeOrphans(epoch)
  for (let id = sealedId + 1; id < sealedId + 6; id++) {
    const manifest = manifestOf({ id, madeBy: epoch }, parts, simulatedDigest)
    if (!(await publishCheckpoint(storage, manifest, parts))) return
    notePublished(history, { id, madeBy: epoch })
    await storage.remove({ id: id - 1, madeBy: epoch })
  }
}

/** A successor that never saw this checkpoint has gone on without it, so it must not be acknowledged any more. */
function notePublished(history: History, ref: CheckpointRef): void {
  for (const [epoch, seen] of history.starts) {
    const isKnown = seen.some((slot) => slot.id === ref.id && slot.madeBy === ref.madeBy)
    if (epoch > ref.madeBy && !isKnown) {
      history.violations.push(`epoch ${ref.madeBy} published ${ref.id} behind the back of epoch ${epoch}`)
    }
  }
  if (history.published.some((other) => other.id === ref.id)) {
    history.violations.push(`checkpoint ${ref.id} was published twice`)
  }
  history.published.push(ref)
}

it('never lets a fenced incarnation publish, whenever it wakes up', async () => {
  let publishedCount = 0
  let wokenCount = 0
  for (let seed = 1; seed <= 500; seed++) {
    const world = new SimulatedWorld({ seed })
    const disk = new SimulatedDisk(world, { lateChance: 0.3, lateMsMax: 300 })
    const history: History = { published: [], starts: new Map(), violations: [] }
    for (let start = 0; start < 4; start++) {
      const process = world.incarnation('job')
      // One that was overtaken may also fail because its successor removed what it had begun to write.
      runJob(disk, process, history).catch(expectIoError)
      const endMs = world.nowMs + world.random.below(500)
      await world.run(() => world.nowMs >= endMs)
      if (world.random.below(3) === 0) process.kill()
      else process.pause()
      world.schedule(world.random.below(1_500), () => {
        if (process.state === 'paused') wokenCount += 1
        process.resume()
      })
    }
    await world.run(() => false)
    expect(history.violations, `seed ${seed}`).toEqual([])
    publishedCount += history.published.length
  }
  // Otherwise the test would have shown nothing.
  expect(publishedCount).toBeGreaterThan(500)
  expect(wokenCount).toBeGreaterThan(500)
})

function expectIoError(error: unknown): void {
  expect(error).toMatchObject({ code: 'STREAMCORE_IO' })
}
