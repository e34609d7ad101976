/** Brings stored state to the schema version that the job declares now. */
import { StreamcoreError } from '../contracts/errors.js'
import type { BoundState } from '../contracts/state/state-descriptors.js'
import type { StateTtl } from '../contracts/state/state-ttl.js'
import { stored } from '../serde/stored-value.js'
import { convertContent, dropped, isExpired, isStamped } from './ttl/stamped.js'

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

/** How a state was stored. */
export interface StoredForm {
  readonly version: number
  readonly ttl?: StateTtl
}

/** Turns what a slot held into what it has to hold; undefined when nothing of it is left. */
export type ContentMigration = (content: unknown) => unknown

/**
 * The way from a stored form to the declared one: what has expired is left out, times are added or taken away where the time to
 * live was switched on or off. Undefined when everything stays as it is.
 * @throws StreamcoreError `STREAMCORE_STATE_MISMATCH`
 */
export function contentMigration(
  state: BoundState,
  form: StoredForm,
  uid: string,
): ContentMigration | undefined {
  const migrate = migrationFrom(state, form.version, uid)
  const { kind, ttl, nowMs } = state
  const counting = ttl ?? form.ttl
  if (counting === undefined) {
    return migrate === undefined ? undefined : (content) => convertContent(content, kind, migrate)
  }
  const reason = ttlMismatch(form.ttl, ttl)
  if (reason !== undefined) {
    throw new StreamcoreError(
      'STREAMCORE_STATE_MISMATCH',
      `Expected state "${state.name}" of operator "${uid}" ${reason}.`,
      { details: { uid } },
    )
  }
  return (content) => {
    const now = nowMs?.(counting.timeDomain) ?? Number.NEGATIVE_INFINITY
    return convertContent(content, kind, (element) => {
      const [value, lastUsedMs] = form.ttl === undefined ? [element, now] : stampedElement(element, uid)
      if (isExpired(lastUsedMs, counting.timeMs, now)) return dropped
      const migrated = migrate === undefined ? value : migrate(value)
      return ttl === undefined ? migrated : [migrated, lastUsedMs]
    })
  }
}

/** Why state with the one time to live cannot become state with the other; undefined when it can. */
export function ttlMismatch(from: StateTtl | undefined, to: StateTtl | undefined): string | undefined {
  if (to === undefined || from?.timeDomain === to.timeDomain) return undefined
  if (from !== undefined) {
    return `to keep the time domain of its ttl, '${from.timeDomain}', got '${to.timeDomain}': ages in one time say nothing in the other; give the state another name`
  }
  if (to.timeDomain === 'processing') return undefined
  return "to have no ttl in event time, as in the checkpoint, because the event time of what is stored is not known; use timeDomain: 'processing', or give the state another name"
}

function stampedElement(element: unknown, uid: string): readonly [value: unknown, lastUsedMs: number] {
  if (isStamped(element)) return element
  throw new StreamcoreError(
    'STREAMCORE_CHECKPOINT_CORRUPT',
    `Expected a value with the time of its last use in a block of operator "${uid}". The block is damaged.`,
    { details: { uid } },
  )
}
