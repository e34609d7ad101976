// Files that appear complete and durable or not at all.
import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../simulation/simulated-disk.js'
import { SimulatedWorld } from '../simulation/simulated-world.js'
import { createExclusively, readWholeFile } from './durable-file.js'

function fileOf(text: string): { directory: string; name: string; temporaryName: string; bytes: Uint8Array } {
  return { directory: 'd', name: 'file', temporaryName: 'tmp-1', bytes: new TextEncoder().encode(text) }
}

describe('createExclusively', () => {
  it('does not damage a file whose temporary name was left behind as its second name', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world)
    const first = world.incarnation('first')
    const fileSystem = disk.fileSystem(first)
    disk.afterCall = ({ operation }) => {
      if (operation === 'linkExclusive') first.kill()
    }
    void fileSystem.makeDirectory('d').then(() => createExclusively(fileSystem, fileOf('published')))
    await world.run(() => first.state === 'dead')
    expect(disk.paths()).toEqual(['d/file', 'd/tmp-1'])
    const second = disk.fileSystem(world.incarnation('second'))
    expect(await world.settle(createExclusively(second, fileOf('again')))).toBe(false)
    expect(new TextDecoder().decode(disk.peek('d/file'))).toBe('published')
    expect(disk.paths()).toEqual(['d/file'])
  })

  it('is whole or absent after a power loss at any call', async () => {
    const contents = new Set<string>()
    for (let seed = 1; seed <= 200; seed++) {
      const world = new SimulatedWorld({ seed })
      const disk = new SimulatedDisk(world)
      const process = world.incarnation('first')
      const fileSystem = disk.fileSystem(process)
      await world.settle(fileSystem.makeDirectory('d'))
      const strikeAt = disk.callCount + 1 + (seed % 8)
      disk.afterCall = ({ number }) => {
        if (number === strikeAt) world.powerLoss()
      }
      void createExclusively(fileSystem, fileOf('published'))
      await world.run(() => process.state === 'dead')
      contents.add(
        new TextDecoder().decode(disk.peek('d/file')) || (disk.peek('d/file') ? 'empty' : 'absent'),
      )
    }
    expect(contents).toEqual(new Set(['published', 'absent']))
  })
})

describe('readWholeFile', () => {
  it('reads files of several chunks, and refuses those that are too large', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const fileSystem = new SimulatedDisk(world).fileSystem(world.incarnation('first'))
    const bytes = new Uint8Array(9_000_000).fill(7)
    await world.settle(fileSystem.makeDirectory('d'))
    await world.settle(createExclusively(fileSystem, { ...fileOf(''), bytes }))
    const read = await world.settle(readWholeFile(fileSystem, 'd/file', bytes.length))
    expect(read instanceof Uint8Array && Buffer.from(read).equals(bytes)).toBe(true)
    expect(await world.settle(readWholeFile(fileSystem, 'd/file', bytes.length - 1))).toEqual({
      tooLarge: bytes.length,
    })
    expect(await world.settle(readWholeFile(fileSystem, 'd/none', 1))).toBeUndefined()
  })
})
