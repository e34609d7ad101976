/** Keyed state in LevelDB: for state that outgrows memory. */
import { assert } from '../contracts/assert.js'
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
  const backend = keyValueStateBackend({
    ...limits,
    kind: 'leveldb',
    open: async (keyed) =>
      await LevelKeyValueStore.open(await prepareWorkingDirectory(directory, keyed), { isTemporary: true }),
  })
  return Object.freeze({ ...backend, settings: options })
}

/** The backend of a worker, from the settings of the one that the job was given. */
export function levelStateBackendOf(settings: unknown): KeyedStateBackendFactory {
  assert(isOptions(settings), 'the settings are those of levelStateBackend()')
  return levelStateBackend(settings)
}

function isOptions(settings: unknown): settings is LevelStateBackendOptions {
  return (
    typeof settings === 'object' &&
    settings !== null &&
    'directory' in settings &&
    typeof settings.directory === 'string'
  )
}
