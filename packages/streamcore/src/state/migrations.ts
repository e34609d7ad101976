/** Brings stored state to the schema version that the job declares now. */
import { StreamcoreError } from '../contracts/errors.js'
import type { BoundState } from '../contracts/state/state-descriptors.js'
import { stored } from '../serde/stored-value.js'

/** Turns one stored value (an element of a list, a value of a map) into the declared version. */
export type Migration = (old: unknown) => unknown

/**
 * The way from `storedVersion` to the declared one; undefined when they are the same.
 * @throws StreamcoreError `STREAMCORE_STATE_MISMATCH` when a step is missing or the stored version is newer
 */
export function migrationFrom(
  state: Pick<BoundState, 'name' | 'version' | 'migrate'>,
  storedVersion: number,
  uid: string,
): Migration | undefined {
  if (state.version === storedVersion) return undefined
  const steps: Migration[] = []
  for (let version = storedVersion; version < state.version; version++) {
    const step = state.migrate?.[version]
    if (step === undefined) break
    // The user says what version this is a value of.
    steps.push((old) => step(stored<never>(old)))
  }
  if (storedVersion > state.version || steps.length < state.version - storedVersion) {
    throw new StreamcoreError(
      'STREAMCORE_STATE_MISMATCH',
      `Expected state "${state.name}" of operator "${uid}" in version ${state.version} or one that migrations lead ` +
        `from, got version ${storedVersion} in the checkpoint. Declare migrate: { ${storedVersion}: (old) => … }, ` +
        'or restore with the job version that wrote it.',
      { details: { uid } },
    )
  }
  return (old) => steps.reduce((value, step) => step(value), old)
}

/** Migrates what a slot holds as a whole: a list by its elements, a map by its values. */
export function migrateContent(content: unknown, kind: BoundState['kind'], migrate: Migration): unknown {
  if (kind === 'list' && Array.isArray(content)) return content.map((element) => migrate(element))
  if (kind === 'map' && content instanceof Map) {
    return new Map(Array.from(content, ([key, value]) => [key, migrate(value)] as const))
  }
  return migrate(content)
}
