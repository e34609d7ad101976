// Runs the lease's contract suite on simulated processes and files, kills and power losses included.
import { describe, expect, it } from 'vitest'
import type { Incarnation } from '../simulation/incarnation.js'
import { runInBackground } from '../simulation/run-in-background.js'
import { SimulatedDisk } from '../simulation/simulated-disk.js'
import { SimulatedWorld } from '../simulation/simulated-world.js'
import { describeLease } from '../testing/contracts/lease.contract.js'
import { FileLease } from './file-lease.js'

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function leaseOf(disk: SimulatedDisk, process: Incarnation, killsOwner = false): FileLease {
  return new FileLease({
    fileSystem: disk.fileSystem(process),
    processes: process.processTable,
    clock: process.clock,
    directory: 'job',
    killsOwner,
  })
}

for (const killsOwner of [true, false]) {
  describeLease(`FileLease on a simulated disk, killsOwner ${killsOwner}`, async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world)
    const stop = runInBackground(world, macrotask)
    return {
      killsOwner,
      start: async (host) => {
        const process = world.incarnation('job', { host })
        return {
          lease: leaseOf(disk, process, killsOwner),
          kill: async () => process.kill(),
          isAlive: async () => process.state !== 'dead',
        }
      },
      cleanUp: stop,
    }
  })
}

describe('FileLease', () => {
  it('gives no epoch twice over kills, power losses and disk faults', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const world = new SimulatedWorld({ seed })
      const disk = new SimulatedDisk(world, { lateChance: 0.3, lateMsMax: 50, faultChance: 0.01 })
      const epochs: number[] = []
      for (let start = 0; start < 8; start++) {
        const process = world.incarnation('job', { host: `host ${world.random.below(2)}` })
        void leaseOf(disk, process)
          .acquire({ takeOver: true })
          .then(
            (epoch) => epochs.push(epoch),
            () => {},
          )
        const endMs = world.nowMs + world.random.below(150)
        await world.run(() => world.nowMs >= endMs)
        const fate = world.random.below(3)
        if (fate === 0) world.powerLoss()
        if (fate === 1) process.kill()
      }
      await world.run(() => false)
      expect(new Set(epochs).size, `seed ${seed}: ${epochs.join()}`).toBe(epochs.length)
    }
  })

  it('gives no old epoch to a process that slept until that one had been swept away', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world)
    const sleeper = world.incarnation('sleeper')
    disk.afterCall = (call) => {
      if (call.operation === 'list') sleeper.pause()
    }
    const late = leaseOf(disk, sleeper).acquire({ takeOver: true })
    await world.run(() => sleeper.state === 'paused')
    disk.afterCall = undefined
    const lease = leaseOf(disk, world.incarnation('job', { host: 'elsewhere' }))
    for (let epoch = 1; epoch <= 12; epoch++) await world.settle(lease.acquire({ takeOver: false }))
    expect(disk.peek('job/epochs/1')).toBeUndefined()
    sleeper.resume()
    expect(await world.settle(late)).toBe(13)
  })

  it('goes on in the same process after any failed call while it took an epoch', async () => {
    for (let failing = 1; ; failing++) {
      const world = new SimulatedWorld({ seed: failing })
      const disk = new SimulatedDisk(world)
      const process = world.incarnation('job')
      const lease = leaseOf(disk, process)
      expect(await world.settle(lease.acquire({ takeOver: false }))).toBe(1)
      let calls = 0
      disk.beforeCall = () => (++calls === failing ? 'EIO' : undefined)
      const second = await Promise.allSettled([world.settle(lease.acquire({ takeOver: false }))])
      disk.beforeCall = undefined
      if (calls < failing) break
      expect(second[0].status, `call ${failing}`).toBe('rejected')
      const third = await world.settle(lease.acquire({ takeOver: false }))
      expect([2, 3], `call ${failing}`).toContain(third)
      await world.settle(lease.assertCurrent())
    }
  })

  it('refuses a second run in the same process', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world)
    const process = world.incarnation('job')
    await world.settle(leaseOf(disk, process).acquire({ takeOver: false }))
    await expect(world.settle(leaseOf(disk, process).acquire({ takeOver: true }))).rejects.toMatchObject({
      code: 'STREAMCORE_LEASE_HELD',
      message: expect.stringContaining('this very process'),
    })
  })

  it('asks for a decision when the file of the owner is damaged', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const disk = new SimulatedDisk(world)
    await world.settle(leaseOf(disk, world.incarnation('first')).acquire({ takeOver: false }))
    disk.damage('job/epochs/1', (bytes) => bytes.slice(5))
    const second = leaseOf(disk, world.incarnation('second'))
    await expect(world.settle(second.acquire({ takeOver: false }))).rejects.toMatchObject({
      code: 'STREAMCORE_LEASE_HELD',
    })
    expect(await world.settle(second.acquire({ takeOver: true }))).toBe(2)
  })
})
