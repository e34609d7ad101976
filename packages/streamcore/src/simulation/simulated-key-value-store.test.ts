// The simulated twin of LevelDB: the contract, lost suffixes of batches, and handles that stay failed.
import { describe, expect, it } from 'vitest'
import type { KeyValueStore } from '../contracts/ports/key-value-store.js'
import { describeKeyValueStore } from '../testing/contracts/key-value-store.contract.js'
import { runInBackground } from './run-in-background.js'
import { SimulatedDatabase } from './simulated-database.js'
import { SimulatedWorld } from './simulated-world.js'

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describeKeyValueStore('the simulated database', async () => {
  const world = new SimulatedWorld({ seed: 1 })
  const process = world.incarnation('test')
  const database = new SimulatedDatabase(world)
  const stop = runInBackground(world, macrotask)
  let store = await database.open(process)
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await database.open(process)
      return store
    },
    openAgain: () => database.open(process),
    cleanUp: stop,
  }
})

async function putNumber(store: KeyValueStore, number: number, sync: boolean): Promise<void> {
  const value = Uint8Array.of(number)
  await store.batch(
    [
      { kind: 'put', key: `left ${number}`, value },
      { kind: 'put', key: `right ${number}`, value },
    ],
    { sync },
  )
}

describe('the simulated database at a power loss', () => {
  it('keeps synced batches, and some of the others, each wholly', async () => {
    const outcomes = new Set<string>()
    for (let seed = 1; seed <= 300; seed++) {
      const world = new SimulatedWorld({ seed })
      const database = new SimulatedDatabase(world)
      const store = await world.settle(database.open(world.incarnation('first')))
      for (let number = 0; number < 5; number++) await world.settle(putNumber(store, number, number === 2))
      world.powerLoss()
      const keys = database.keys()
      const left = keys.filter((key) => key.startsWith('left')).map((key) => key.slice(-1))
      const right = keys.filter((key) => key.startsWith('right')).map((key) => key.slice(-1))
      expect(left).toEqual(right)
      expect(left).toContain('2')
      outcomes.add(left.join(''))
    }
    // Mostly a prefix is left, but a log that was ended without a sync leaves a hole.
    expect([...outcomes]).toEqual(expect.arrayContaining(['012', '0123', '01234', '2', '02']))
  })

  it('keeps at a kill whatever was applied, and lets a successor open it', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const database = new SimulatedDatabase(world)
    const first = world.incarnation('first')
    const store = await world.settle(database.open(first))
    await world.settle(putNumber(store, 1, false))
    const successor = world.incarnation('second')
    await expect(world.settle(database.open(successor))).rejects.toMatchObject({
      code: 'STREAMCORE_LEASE_HELD',
    })
    first.kill()
    const reopened = await world.settle(database.open(successor))
    expect(await world.settle(reopened.get('left 1'))).toEqual(Uint8Array.of(1))
  })
})

describe('a handle of the simulated database', () => {
  it('stays failed for ever after an error, whose batch may be there or not', async () => {
    const wasApplied = new Set<boolean>()
    for (let seed = 1; seed <= 20; seed++) {
      const world = new SimulatedWorld({ seed })
      const database = new SimulatedDatabase(world)
      const process = world.incarnation('first')
      const store = await world.settle(database.open(process))
      database.beforeCall = () => 'ENOSPC'
      await expect(world.settle(putNumber(store, 1, true))).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
      database.beforeCall = undefined
      await expect(world.settle(putNumber(store, 2, true))).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
      expect(() => store.getSync('left 1')).toThrow('ENOSPC')
      await store.close()
      const reopened = await world.settle(database.open(process))
      wasApplied.add((await world.settle(reopened.get('left 1'))) !== undefined)
      expect(await world.settle(reopened.get('left 2'))).toBeUndefined()
    }
    expect(wasApplied).toEqual(new Set([true, false]))
  })
})
