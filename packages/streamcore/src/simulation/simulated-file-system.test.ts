// The simulated disk: the contract of real file systems, and what it loses, tears and refuses.
import { describe, expect, it } from 'vitest'
import type { FileSystem } from '../contracts/ports/file-system.js'
import { describeFileSystem } from '../testing/contracts/file-system.contract.js'
import { runInBackground } from './run-in-background.js'
import { SimulatedDisk, type SimulatedDiskOptions } from './simulated-disk.js'
import { SimulatedWorld } from './simulated-world.js'

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describeFileSystem('the simulated disk', async () => {
  const world = new SimulatedWorld({ seed: 1 })
  const fileSystem = new SimulatedDisk(world).fileSystem(world.incarnation('test'))
  const stop = runInBackground(world, macrotask)
  await fileSystem.makeDirectory('d')
  return { fileSystem, directory: 'd', cleanUp: stop }
})

/** Runs steps of one process over many seeds, cuts the power, and gives what files hold then. */
async function afterPowerLoss(
  steps: (fileSystem: FileSystem) => Promise<void>,
  options: SimulatedDiskOptions = {},
): Promise<readonly Readonly<Record<string, string>>[]> {
  const outcomes: Record<string, string>[] = []
  for (let seed = 1; seed <= 100; seed++) {
    const world = new SimulatedWorld({ seed })
    const disk = new SimulatedDisk(world, options)
    const fileSystem = disk.fileSystem(world.incarnation('first'))
    await world.settle(fileSystem.makeDirectory('d').then(() => steps(fileSystem)))
    world.powerLoss()
    const files = disk.paths().map((path) => [path, new TextDecoder().decode(disk.peek(path))])
    outcomes.push(Object.fromEntries(files))
  }
  return outcomes
}

async function write(fileSystem: FileSystem, path: string, text: string): Promise<void> {
  const file = await fileSystem.open(path, 'create')
  await file.write(new TextEncoder().encode(text))
  await file.close()
}

async function writeAndSync(fileSystem: FileSystem, path: string, text: string): Promise<void> {
  const file = await fileSystem.open(path, 'create')
  await file.write(new TextEncoder().encode(text))
  await file.sync()
  await file.close()
}

function distinct(outcomes: readonly Readonly<Record<string, string>>[], path: string): Set<string> {
  return new Set(outcomes.map((files) => files[path] ?? '(missing)'))
}

describe('the simulated disk at a power loss', () => {
  it('keeps what was synced in a synced directory', async () => {
    const outcomes = await afterPowerLoss(async (fileSystem) => {
      await writeAndSync(fileSystem, 'd/a', 'content')
      await fileSystem.syncDirectory('d')
    })
    expect(distinct(outcomes, 'd/a')).toEqual(new Set(['content']))
  })

  it('keeps it also when the directory was synced before the file, and by another process', async () => {
    const outcomes = await afterPowerLoss(async (fileSystem) => {
      const file = await fileSystem.open('d/a', 'create')
      await file.write(new TextEncoder().encode('content'))
      await fileSystem.syncDirectory('d')
      await file.sync()
      await file.close()
    })
    expect(distinct(outcomes, 'd/a')).toEqual(new Set(['content']))
  })

  it('may lose the name of a synced file in an unsynced directory, but never tears the file', async () => {
    const outcomes = await afterPowerLoss((fileSystem) => writeAndSync(fileSystem, 'd/a', 'content'))
    expect(distinct(outcomes, 'd/a')).toEqual(new Set(['content', '(missing)']))
  })

  it('may lose, cut, or spoil the content of an unsynced file', async () => {
    const outcomes = await afterPowerLoss(async (fileSystem) => {
      await write(fileSystem, 'd/a', 'content')
      await fileSystem.syncDirectory('d')
    })
    const contents = distinct(outcomes, 'd/a')
    expect(contents).toContain('')
    expect(contents).toContain('content')
    expect(contents).toContain('con')
    expect([...contents].some((text) => text.startsWith('con') && text.includes('\0'))).toBe(true)
    expect(contents).not.toContain('(missing)')
  })

  it('never touches what was synced before more was appended', async () => {
    const outcomes = await afterPowerLoss(async (fileSystem) => {
      await writeAndSync(fileSystem, 'd/a', 'synced ')
      await fileSystem.syncDirectory('d')
      const file = await fileSystem.open('d/a', 'append')
      await file.write(new TextEncoder().encode('unsynced'))
      await file.close()
    })
    const contents = [...distinct(outcomes, 'd/a')]
    expect(contents.every((text) => text.startsWith('synced '))).toBe(true)
    expect(contents.length).toBeGreaterThan(5)
  })

  it('shows the old or the new file after an unsynced rename, and nothing else', async () => {
    const outcomes = await afterPowerLoss(async (fileSystem) => {
      await writeAndSync(fileSystem, 'd/a', 'old')
      await fileSystem.syncDirectory('d')
      await writeAndSync(fileSystem, 'd/tmp', 'new')
      await fileSystem.rename('d/tmp', 'd/a')
    })
    expect(distinct(outcomes, 'd/a')).toEqual(new Set(['old', 'new']))
  })

  it('may bring a removed file back until the directory is synced', async () => {
    const removed = await afterPowerLoss(async (fileSystem) => {
      await writeAndSync(fileSystem, 'd/a', 'content')
      await fileSystem.syncDirectory('d')
      await fileSystem.remove('d/a')
    })
    expect(distinct(removed, 'd/a')).toEqual(new Set(['content', '(missing)']))
    const synced = await afterPowerLoss(async (fileSystem) => {
      await writeAndSync(fileSystem, 'd/a', 'content')
      await fileSystem.syncDirectory('d')
      await fileSystem.remove('d/a')
      await fileSystem.syncDirectory('d')
    })
    expect(distinct(synced, 'd/a')).toEqual(new Set(['(missing)']))
  })

  it('keeps every subset of names that were not synced', async () => {
    const outcomes = await afterPowerLoss(async (fileSystem) => {
      await writeAndSync(fileSystem, 'd/a', '')
      await writeAndSync(fileSystem, 'd/b', '')
    })
    const subsets = new Set(outcomes.map((files) => Object.keys(files).join(' ')))
    expect(subsets).toEqual(new Set(['', 'd/a', 'd/b', 'd/a d/b']))
  })

  it('drops what was on its way to the disk', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world, { lateChance: 1, lateMsMax: 10 })
    const fileSystem = disk.fileSystem(world.incarnation('first'))
    void fileSystem.open('a', 'create')
    world.powerLoss()
    await world.run(() => false)
    expect(disk.paths()).toEqual([])
  })
})

describe('the simulated disk at a kill', () => {
  it('keeps everything, synced or not', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world)
    const first = world.incarnation('first')
    await world.settle(write(disk.fileSystem(first), 'a', 'content'))
    first.kill()
    const second = disk.fileSystem(world.incarnation('second'))
    const file = await world.settle(second.open('a', 'read'))
    expect(new TextDecoder().decode(await world.settle(file.read(0, 100)))).toBe('content')
  })

  it('may apply what was on its way long after its successor has looked', async () => {
    let lateCount = 0
    for (let seed = 1; seed <= 50; seed++) {
      const world = new SimulatedWorld({ seed })
      const disk = new SimulatedDisk(world, { lateChance: 0.5, lateMsMax: 1_000 })
      const first = world.incarnation('first')
      void disk.fileSystem(first).open('a', 'create')
      first.kill()
      const second = disk.fileSystem(world.incarnation('second'))
      const seen = await world.settle(second.status('a'))
      await world.run(() => false)
      if (!seen && disk.peek('a')) lateCount += 1
    }
    expect(lateCount).toBeGreaterThan(10)
    expect(lateCount).toBeLessThan(40)
  })
})

describe('faults of the simulated disk', () => {
  it('fail the chosen call and no other', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world)
    disk.beforeCall = (call) => (call.number === 2 ? 'ENOSPC' : undefined)
    const fileSystem = disk.fileSystem(world.incarnation('first'))
    const file = await world.settle(fileSystem.open('a', 'create'))
    await expect(world.settle(file.write(Uint8Array.of(1)))).rejects.toMatchObject({
      code: 'STREAMCORE_IO',
      message: expect.stringContaining('ENOSPC'),
    })
    await world.settle(file.close())
    await world.settle(fileSystem.open('b', 'create'))
  })

  it('leave part of a write behind', async () => {
    const lengths = new Set<number>()
    for (let seed = 1; seed <= 100; seed++) {
      const world = new SimulatedWorld({ seed })
      const disk = new SimulatedDisk(world)
      disk.beforeCall = (call) => (call.operation === 'write' ? 'EIO' : undefined)
      const writing = write(disk.fileSystem(world.incarnation('first')), 'a', 'abc')
      await expect(world.settle(writing)).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
      lengths.add(disk.peek('a')?.length ?? -1)
    }
    expect(lengths).toEqual(new Set([0, 1, 2, 3]))
  })

  it('do not let a second sync save what the first one failed to write', async () => {
    const lost: boolean[] = []
    for (let seed = 1; seed <= 50; seed++) {
      const world = new SimulatedWorld({ seed })
      const disk = new SimulatedDisk(world)
      const fileSystem = disk.fileSystem(world.incarnation('first'))
      await world.settle(fileSystem.makeDirectory('d'))
      disk.beforeCall = (call) => (call.operation === 'sync' ? 'EIO' : undefined)
      await expect(world.settle(writeAndSync(fileSystem, 'd/a', 'content'))).rejects.toThrow('EIO')
      disk.beforeCall = undefined
      const again = await world.settle(fileSystem.open('d/a', 'append'))
      await world.settle(again.sync())
      await world.settle(fileSystem.syncDirectory('d'))
      world.powerLoss()
      lost.push(new TextDecoder().decode(disk.peek('d/a')) !== 'content')
    }
    expect(lost).toContain(true)
  })

  it('make a handle that failed unusable', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world)
    disk.beforeCall = (call) => (call.number === 2 ? 'EIO' : undefined)
    const file = await world.settle(disk.fileSystem(world.incarnation('first')).open('a', 'create'))
    await expect(world.settle(file.write(Uint8Array.of(1)))).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
    await expect(world.settle(file.sync())).rejects.toMatchObject({ code: 'STREAMCORE_ASSERTION' })
  })

  it('happen with the given probability', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const fileSystem = new SimulatedDisk(world, { faultChance: 0.3 }).fileSystem(world.incarnation('a'))
    let failed = 0
    for (let call = 0; call < 200; call++) {
      await world.settle(fileSystem.status('a')).catch(() => (failed += 1))
    }
    expect(failed).toBeGreaterThan(30)
    expect(failed).toBeLessThan(90)
  })
})
