/** How the states and timers of a key stand in the columns of checkpoint blocks; the same for every backend. */
import { StreamcoreError } from '../contracts/errors.js'
import type { TimeDomain } from '../contracts/state/keyed-state-backend.js'
import type { BoundState, StateKind } from '../contracts/state/state-descriptors.js'
import type { StateTtl } from '../contracts/state/state-ttl.js'
import type { BlockColumn } from '../serde/block.js'
import { type ContentMigration, contentMigration } from './migrations.js'
import { cleanupMs, oldestUseMs } from './ttl/stamped.js'

/** Columns of the section `timers`: the domain as its place in {@link timeDomains}, and the time. */
export const timerColumns: readonly BlockColumn[] = [
  { name: 'domain', kind: 'timer', version: 1 },
  { name: 'timestampMs', kind: 'timer', version: 1 },
]

/** The domains in the order that blocks number them. */
export const timeDomains: readonly TimeDomain[] = ['event', 'processing']

/** Where a column of a block goes. */
export interface ColumnTarget {
  /** Its place among the bound states. */
  readonly slot: number
  readonly kind: StateKind
  /** Undefined when the column has the declared form. */
  readonly migrate: ContentMigration | undefined
  readonly ttl: StateTtl | undefined
}

/** The target of each column of a block; undefined for states that no longer exist. */
export function targetsOfColumns(
  columns: readonly BlockColumn[],
  states: readonly BoundState[],
  uid: string,
): readonly (ColumnTarget | undefined)[] {
  return columns.map((column) => {
    const slot = states.findIndex((state) => state.name === column.name)
    const state = states[slot]
    if (state === undefined) return undefined
    if (state.kind !== column.kind) {
      throw new StreamcoreError(
        'STREAMCORE_STATE_MISMATCH',
        `Expected state "${state.name}" of operator "${uid}" to be a ${state.kind} state, got a ${column.kind} state ` +
          'in the checkpoint. Give the changed state a new name, or restore with the job version that wrote it.',
        { details: { uid } },
      )
    }
    return { slot, kind: state.kind, migrate: contentMigration(state, column, uid), ttl: state.ttl }
  })
}

/** When a key is to be looked at, because of what was restored into one of its slots; undefined when it lives for ever. */
export function cleanupOf(
  { kind, ttl }: ColumnTarget,
  content: unknown,
): { readonly domain: TimeDomain; readonly timestampMs: number } | undefined {
  if (ttl === undefined) return undefined
  return { domain: ttl.timeDomain, timestampMs: cleanupMs(ttl, oldestUseMs(content, kind)) }
}

/** Fails because a block holds something that no writer puts there. */
export function refuseCell(expected: string, uid: string): never {
  throw new StreamcoreError(
    'STREAMCORE_CHECKPOINT_CORRUPT',
    `Expected ${expected} in a block of operator "${uid}". The block is not of this operator or damaged.`,
    { details: { uid } },
  )
}
