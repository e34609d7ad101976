/** The state backend that a job was given, made anew in each worker. */
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import { heapStateBackend } from '../state/heap-keyed-state-backend.js'

/** What a worker makes its backend from. */
export interface StateBackendSeed {
  readonly kind: 'heap' | 'leveldb'
  readonly settings: unknown
}

/** The seed of a backend; undefined for one that threads cannot make. */
export function stateBackendSeed(backend: KeyedStateBackendFactory): StateBackendSeed | undefined {
  const { kind, settings } = backend
  if (kind === 'heap') return { kind, settings }
  return kind === 'leveldb' && settings !== undefined ? { kind, settings } : undefined
}

/** The backend of a seed. */
export async function stateBackendOfSeed(seed: StateBackendSeed): Promise<KeyedStateBackendFactory> {
  if (seed.kind === 'heap') return heapStateBackend()
  // Only who chooses LevelDB needs its package.
  const { levelStateBackendOf } = await import('../leveldb/level-state-backend.js')
  return levelStateBackendOf(seed.settings)
}
