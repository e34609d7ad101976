/** Keyed state in LevelDB: for state that outgrows memory. */
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import { keyValueStateBackend, type KeyValueStateLimits } from '../state/key-value/key-value-state-backend.js'
import { LevelKeyValueStore } from './level-key-value-store.js'
import { prepareWorkingDirectory } from './working-directory.js'

/** Options of {@link levelStateBackend}; the limits count for each subtask of each keyed operator. */
export interface LevelStateBackendOptions extends KeyValueStateLimits {
  /** A folder of a local disk; each job works in `<directory>/<jobId>/work` and removes what it has put there. */
  readonly directory: string
}

/**
 * Keeps keyed state in LevelDB, with a bounded cache before it. These files are working state only: a start never reads them,
 * it restores a checkpoint.
 */
export function levelStateBackend(options: LevelStateBackendOptions): KeyedStateBackendFactory {
  const { directory, ...limits } = options
  return keyValueStateBackend({
    ...limits,
    kind: 'leveldb',
    open: async (keyed) =>
      await LevelKeyValueStore.open(await prepareWorkingDirectory(directory, keyed), { isTemporary: true }),
  })
}
