// Every port call of four checkpoints, two of them deltas, × {kill, power loss, EIO, ENOSPC}, before and after its effect: nothing acknowledged is ever lost.
import { describe, expect, it } from 'vitest'
import type {
  CheckpointManifest,
  CheckpointStorage,
  CommittedCheckpoint,
} from '../contracts/checkpoint-storage.js'
import type { DiskCall, DiskFault } from '../simulation/disk-call.js'
import type { Incarnation } from '../simulation/incarnation.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { type DatabaseCall, SimulatedDatabase } from '../simulation/simulated-database.js'
import { SimulatedDisk } from '../simulation/simulated-disk.js'
import { SimulatedWorld } from '../simulation/simulated-world.js'
import {
  keyedPartsOf,
  manifestOf,
  publishCheckpoint,
} from '../testing/contracts/checkpoint-storage.contract.js'
import { DirectoryCheckpointStorage } from './directory-checkpoint-storage.js'
import { KeyValueCheckpointStorage } from './key-value-checkpoint-storage.js'
import { keyOfPart, storedParts } from './part-references.js'

type DeviceCall = DiskCall | DatabaseCall

type Nemesis = 'kill' | 'power' | DiskFault

/** Ground that outlives incarnations. */
interface Ground {
  readonly hooks: SimulatedDisk | SimulatedDatabase
  open(process: Incarnation): Promise<CheckpointStorage>
  /** Everything stored for parts. */
  partEntries(): readonly string[]
}

const grounds: Record<string, (world: SimulatedWorld) => Ground> = {
  'a directory': (world) => {
    const disk = new SimulatedDisk(world, { lateChance: 0.5, lateMsMax: 60 })
    const open = (process: Incarnation): Promise<CheckpointStorage> =>
      DirectoryCheckpointStorage.open({
        fileSystem: disk.fileSystem(process),
        digest: simulatedDigest,
        directory: 'checkpoints',
      })
    const partEntries = () => disk.paths().filter((path) => path.startsWith('checkpoints/parts/'))
    return { hooks: disk, open, partEntries }
  },
  'a key-value store': (world) => {
    const database = new SimulatedDatabase(world)
    const open = async (process: Incarnation): Promise<CheckpointStorage> =>
      await KeyValueCheckpointStorage.open({ store: await database.open(process), digest: simulatedDigest })
    return {
      hooks: database,
      open,
      partEntries: () => database.keys().filter((key) => key.startsWith('part')),
    }
  },
}

/** A keyed part, which the next checkpoints may refer to, and one that only this checkpoint needs. */
function partsOf(id: number): Readonly<Record<string, Uint8Array>> {
  return {
    [`count-${id}`]: Uint8Array.from({ length: 40 }, (_, index) => index + id),
    [`pending-${id}`]: new Uint8Array(id % 3),
  }
}

/** What the storage had promised when the incarnation ended. */
interface Promised {
  sealed: number
  published: number
  committed: CommittedCheckpoint | undefined
  /** Removal was begun; the checkpoint may be there or not. */
  removing: number
}

/** What a job does with its storage: start, then four checkpoints (full, delta, delta, full), each committed, the one before removed. */
async function runJob(storage: CheckpointStorage, epoch: number, promised: Promised): Promise<void> {
  const newest = (await storage.slots()).at(-1)?.id ?? 0
  if (!(await storage.seal({ kind: 'sealed', id: newest + 1, madeBy: epoch }))) return
  promised.sealed = newest + 1
  await storage.removeOrphans(epoch)
  let previous: CheckpointManifest | undefined
  for (let id = newest + 2; id < newest + 6; id++) {
    const isFull = previous === undefined || id === newest + 5
    const earlier = isFull || previous === undefined ? [] : keyedPartsOf(previous)
    const manifest = manifestOf({ id, madeBy: epoch }, partsOf(id), simulatedDigest, earlier)
    if (!(await publishCheckpoint(storage, manifest, partsOf(id)))) return
    promised.published = id
    previous = manifest
    const commit = { id, madeBy: epoch, committedBy: epoch }
    await storage.recordCommit(commit)
    promised.committed = commit
    promised.removing = id - 1
    await storage.remove({ id: id - 1, madeBy: epoch })
  }
}

/** Fails unless everything promised is there, and every visible checkpoint is whole. */
async function checkPromises(storage: CheckpointStorage, promised: Promised): Promise<void> {
  const slots = await storage.slots()
  const ids = slots.map((slot) => slot.id)
  for (const slot of slots) {
    expect(slot.kind).not.toBe('damaged')
    if (slot.kind !== 'checkpoint') continue
    for (const part of slot.parts) await storage.readPart(slot, part)
  }
  if (promised.published > 0) expect(ids).toContain(promised.published)
  if (promised.sealed > promised.removing) expect(ids).toContain(promised.sealed)
  const lastCommit = await storage.lastCommit()
  if (promised.committed) {
    expect(lastCommit?.id ?? 0).toBeGreaterThanOrEqual(promised.committed.id)
    expect(lastCommit?.id ?? 0).toBeLessThanOrEqual(promised.committed.id + 1)
  }
}

/** Ends the first incarnation at one call, then lets a second one check and go on; gives false when the call did not happen. */
async function crashAt(
  makeGround: (world: SimulatedWorld) => Ground,
  point: {
    readonly seed: number
    readonly call: number
    readonly nemesis: Nemesis
    readonly isAfter: boolean
  },
): Promise<boolean> {
  const world = new SimulatedWorld({ seed: point.seed })
  const ground = makeGround(world)
  const { hooks, open } = ground
  const first = world.incarnation('first')
  let hasStruck = false
  const strike = (number: number): DiskFault | undefined => {
    if (number !== point.call) return undefined
    hasStruck = true
    if (point.nemesis === 'kill') first.kill()
    else if (point.nemesis === 'power') world.powerLoss()
    else return point.nemesis
    return undefined
  }
  const before = ({ number }: DeviceCall): DiskFault | undefined =>
    point.isAfter ? undefined : strike(number)
  const after = ({ number }: DeviceCall): void => {
    if (point.isAfter) strike(number)
  }
  hooks.beforeCall = before
  hooks.afterCall = after
  const promised: Promised = { sealed: 0, published: 0, committed: undefined, removing: 0 }
  const job = open(first).then((storage) => runJob(storage, 1, promised))
  let hasEnded = false
  const end = (): void => {
    hasEnded = true
  }
  job.then(end, end)
  await world.run(() => hasEnded || first.state === 'dead')
  hooks.beforeCall = undefined
  hooks.afterCall = undefined
  // After an error the process gives up; whatever the machine had not written may go with the next power cut.
  if (point.nemesis !== 'kill' && world.random.below(2) === 0) world.powerLoss()
  first.kill()
  await checkSuccessors(world, ground, promised)
  return hasStruck
}

/** A second incarnation sees what was promised, and a third one after a power loss still sees what the second saw. */
async function checkSuccessors(
  world: SimulatedWorld,
  { open, partEntries }: Ground,
  promised: Promised,
): Promise<void> {
  const second = world.incarnation('second')
  const storage = await world.settle(open(second))
  await world.settle(checkPromises(storage, promised))
  const seen = (await world.settle(storage.slots())).map((slot) => slot.id)
  const seenCommit = await world.settle(storage.lastCommit())
  world.powerLoss()
  const third = await world.settle(open(world.incarnation('third')))
  const seenLater = (await world.settle(third.slots())).map((slot) => slot.id)
  expect(seenLater).toEqual(expect.arrayContaining(seen))
  expect(await world.settle(third.lastCommit())).toEqual(seenCommit)
  const later: Promised = { sealed: 0, published: 0, committed: undefined, removing: 0 }
  await world.settle(runJob(third, 3, later))
  expect(later.published).toBeGreaterThan(promised.published)
  await world.settle(checkPromises(third, later))
  // Nothing that is needed was removed, and nothing else is left.
  const slots = await world.settle(third.slots())
  const needed = slots.flatMap((slot) => (slot.kind === 'checkpoint' ? storedParts(slot).map(keyOfPart) : []))
  expect(partEntries().length).toBe(new Set(needed).size)
}

describe.each(Object.entries(grounds))('checkpoints in %s', (_, makeGround) => {
  const nemeses: readonly Nemesis[] = ['kill', 'power', 'EIO', 'ENOSPC']

  it.each(nemeses)('survive %s at every call', async (nemesis) => {
    let points = 0
    for (const isAfter of nemesis === 'kill' || nemesis === 'power' ? [false, true] : [false]) {
      for (let call = 1; ; call++) {
        let hasStruck = false
        for (let seed = 1; seed <= 3; seed++) {
          hasStruck = await crashAt(makeGround, { seed: seed * 1_000 + call, call, nemesis, isAfter })
          points += 1
        }
        if (!hasStruck) break
      }
    }
    expect(points).toBeGreaterThan(100)
  })
})
