// State over the simulated store: the contract, with caches that keep nothing, and faults at every call.
import { describe } from 'vitest'
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import { keyValueStateBackend, type KeyValueStateLimits } from '../state/key-value/key-value-state-backend.js'
import { keyedStateBackendContract } from '../testing/contracts/keyed-state-backend.contract.js'
import { runInBackground } from './run-in-background.js'
import { SimulatedDatabase } from './simulated-database.js'
import { SimulatedWorld } from './simulated-world.js'

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A backend whose stores live in one simulated world. */
function simulatedBackend(limits: KeyValueStateLimits): KeyedStateBackendFactory {
  const world = new SimulatedWorld({ seed: 7 })
  const process = world.incarnation('test')
  runInBackground(world, macrotask)
  return keyValueStateBackend({
    kind: 'simulated',
    open: () => new SimulatedDatabase(world).open(process),
    ...limits,
  })
}

describe('state over a simulated store', () => {
  keyedStateBackendContract('a cache for everything', simulatedBackend({}))
  keyedStateBackendContract(
    'a cache for nothing',
    simulatedBackend({ cacheBytes: 0, timersInMemory: 2, pageRows: 2 }),
  )
})
