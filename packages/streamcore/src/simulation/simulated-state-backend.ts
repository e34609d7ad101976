/** Keyed state in simulated databases: the code that works on LevelDB, with chosen faults and hardly any cache. */
import type { KeyValueStore } from '../contracts/ports/key-value-store.js'
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import { keyValueStateBackend, type KeyValueStateLimits } from '../state/key-value/key-value-state-backend.js'
import type { Incarnation } from './incarnation.js'
import { SimulatedDatabase, type SimulatedDatabaseOptions } from './simulated-database.js'

/** Options of {@link simulatedStateBackend}. */
export interface SimulatedStateBackendOptions extends KeyValueStateLimits, SimulatedDatabaseOptions {
  /** Called with each database that is made, before it is opened. */
  readonly onDatabase?: (database: SimulatedDatabase) => void
  /** Takes the place of each store that was opened; for looking at its calls. */
  readonly wrap?: (store: KeyValueStore) => KeyValueStore
}

/** Every operator's subtask of a process gets a database of its own, which nobody opens again. */
export function simulatedStateBackend(
  incarnation: Incarnation,
  options: SimulatedStateBackendOptions = {},
): KeyedStateBackendFactory {
  const { onDatabase, wrap, latencyMsMax, faultChance, ...limits } = options
  return keyValueStateBackend({
    cacheBytes: 0,
    timersInMemory: 2,
    pageRows: 2,
    ...limits,
    kind: 'simulated',
    open: async () => {
      const database = new SimulatedDatabase(incarnation.world, {
        ...(latencyMsMax === undefined ? {} : { latencyMsMax }),
        ...(faultChance === undefined ? {} : { faultChance }),
      })
      onDatabase?.(database)
      const store = await database.open(incarnation)
      return wrap === undefined ? store : wrap(store)
    },
  })
}
