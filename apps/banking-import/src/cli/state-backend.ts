/** Where keyed state is kept. */
import { heapStateBackend, type KeyedStateBackend, type KeyedStateBackendFactory } from 'streamcore'

/** On the heap, or in LevelDB for what outgrows it. */
export const stateNames = ['heap', 'leveldb'] as const
/** One of {@link stateNames}. */
export type StateName = (typeof stateNames)[number]

/** The backend; LevelDB works in the directory, and removes what it has put there. */
export async function stateBackendOf(name: StateName, directory: string): Promise<KeyedStateBackendFactory> {
  if (name === 'heap') return heapStateBackend()
  // Not loaded where nobody asks for it.
  const { levelStateBackend } = await import('streamcore/leveldb')
  return levelStateBackend({ directory })
}

/** A backend that tells how many keys its operators hold. */
export interface CountedBackend {
  readonly backend: KeyedStateBackendFactory
  /** Keys of the operators whose uid begins like that. */
  keyCount(uidPrefix: string): number
}

/** Watches a backend. */
export function countedBackend(backend: KeyedStateBackendFactory): CountedBackend {
  // By operator and subtask: after a restart those of the new incarnation count.
  const created = new Map<string, KeyedStateBackend>()
  return {
    backend: {
      kind: backend.kind,
      create: async (options) => {
        const made = await backend.create(options)
        created.set(`${options.uid}/${options.keyGroups.start}`, made)
        return made
      },
    },
    keyCount: (uidPrefix) =>
      [...created]
        .filter(([name]) => name.startsWith(uidPrefix))
        .reduce((sum, [, each]) => sum + each.keyCount(), 0),
  }
}
