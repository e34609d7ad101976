/** Which LevelDB directories this process has open. A second open in the same process fails, and silently drops the lock of the first. */
import { StreamcoreError } from '../contracts/errors.js'

/** The registry is found by symbol because a process may have loaded this file more than once. */
const registryKey = Symbol.for('streamcore.leveldb.open-directories')

/** Marks a directory as open; fails when it is already. */
export function claimDirectory(directory: string): void {
  const directories = registry()
  if (directories.has(directory)) {
    throw new StreamcoreError(
      'STREAMCORE_LEASE_HELD',
      `Expected the LevelDB directory ${directory} to be opened once, but this process has it open already; close it first or name another directory`,
      { details: { path: directory } },
    )
  }
  directories.add(directory)
}

/** Takes back {@link claimDirectory}. */
export function releaseDirectory(directory: string): void {
  registry().delete(directory)
}

function registry(): Set<unknown> {
  const existing: unknown = Reflect.get(globalThis, registryKey)
  if (existing instanceof Set) return existing
  const created = new Set<unknown>()
  Reflect.set(globalThis, registryKey, created)
  return created
}
