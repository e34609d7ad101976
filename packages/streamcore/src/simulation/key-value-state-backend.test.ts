// State over the simulated store: the contract, with caches that keep nothing, and faults at every call.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import { clusterCommands, runAgainstModel } from '../testing/contracts/keyed-state-model.js'
import { keyedStateBackendContract } from '../testing/contracts/keyed-state-backend.contract.js'
import { runInBackground } from './run-in-background.js'
import { simulatedStateBackend, type SimulatedStateBackendOptions } from './simulated-state-backend.js'
import type { DiskFault } from './disk-call.js'
import type { SimulatedDatabase } from './simulated-database.js'
import { SimulatedWorld } from './simulated-world.js'

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A backend whose stores live in one simulated world. */
function backend(options: SimulatedStateBackendOptions): KeyedStateBackendFactory {
  const world = new SimulatedWorld({ seed: 7 })
  runInBackground(world, macrotask)
  return simulatedStateBackend(world.incarnation('test'), options)
}

describe('state over a simulated store', () => {
  keyedStateBackendContract(
    'a cache for everything',
    backend({ cacheBytes: 1 << 24, timersInMemory: 1_000, pageRows: 100 }),
  )
  keyedStateBackendContract('a cache for nothing', backend({}))
})

describe('a store that fails', () => {
  const commands = fc.sample(clusterCommands, { numRuns: 3, seed: 4 }).flat()

  /** Runs the course; the given call of all stores together fails. Gives how many calls there were. */
  async function run(failingCall: number, fault: DiskFault): Promise<number> {
    let calls = 0
    const onDatabase = (database: SimulatedDatabase): void => {
      database.beforeCall = () => {
        calls++
        return calls === failingCall ? fault : undefined
      }
    }
    const world = new SimulatedWorld({ seed: 7 })
    const stop = runInBackground(world, macrotask)
    try {
      await runAgainstModel(simulatedStateBackend(world.incarnation('test'), { onDatabase }), commands)
    } finally {
      await stop()
    }
    return calls
  }

  it('fails whoever uses it, and never gives wrong results, whichever call fails', async () => {
    const calls = await run(0, 'EIO')
    expect(calls).toBeGreaterThan(200)
    const outcomes = { right: 0, failed: 0 }
    for (let call = 1; call <= calls; call++) {
      await run(call, call % 2 === 0 ? 'EIO' : 'ENOSPC').then(
        () => outcomes.right++,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'STREAMCORE_IO' })
          outcomes.failed++
        },
      )
    }
    // What fails may be the last write of a backend, which nobody reads again.
    expect(outcomes.failed).toBeGreaterThan(0.8 * calls)
  }, 120_000)
})
