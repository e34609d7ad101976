/** Refuses migrations that lead nowhere, where a state is declared. */
import { StreamcoreError } from '../errors.js'
import type { StateMigrations } from './state-descriptors.js'

/**
 * Checks that every migration starts from an older version than the declared one.
 * @throws StreamcoreError `STREAMCORE_CONFIG`
 */
export function assertMigrations(name: string, version: number, migrate: StateMigrations | undefined): void {
  for (const from of Object.keys(migrate ?? {}).map(Number)) {
    if (Number.isInteger(from) && from >= 1 && from < version) continue
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected the migrations of state "${name}" to start from versions 1 to ${version - 1}, got ${from}; ` +
        'raise `version` to the one they lead to',
    )
  }
}
