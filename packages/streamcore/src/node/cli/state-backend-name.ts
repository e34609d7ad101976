/** What `--state-backend` may be, and the backend it stands for. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyedStateBackendFactory } from '../../contracts/state/keyed-state-backend.js'
import { heapStateBackend } from '../../state/heap-keyed-state-backend.js'

/** Names of backends. */
export const stateBackendNames = ['heap', 'leveldb'] as const

/** One of {@link stateBackendNames}. */
export type StateBackendName = (typeof stateBackendNames)[number]

/**
 * Lends the backend of this name for as long as `use` takes. Working files lie in the state folder; a job without one gets a
 * temporary folder, which is removed afterwards.
 */
export async function withStateBackend<T>(
  name: StateBackendName,
  state: string | undefined,
  use: (backend: KeyedStateBackendFactory) => Promise<T>,
): Promise<T> {
  if (name === 'heap') return await use(heapStateBackend())
  // Only who chooses LevelDB needs its package.
  const { levelStateBackend } = await import('../../leveldb/index.js')
  if (state !== undefined) return await use(levelStateBackend({ directory: state }))
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-'))
  try {
    return await use(levelStateBackend({ directory }))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
