/** How the states and timers of a key stand in the columns of checkpoint blocks; the same for every backend. */
import { StreamcoreError } from '../contracts/errors.js'
import type { KeyGroupRange } from '../contracts/key-groups.js'
import type { TimeDomain } from '../contracts/state/keyed-state-backend.js'
import type { StateKind } from '../contracts/state/state-descriptors.js'
import type { StateTtl } from '../contracts/state/state-ttl.js'
import { type BlockColumn, type KeyedBlock, rowsOfKeyGroups } from '../serde/block.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import type { BoundStates } from './bound-states.js'
import { type ContentMigration, contentMigration } from './migrations.js'
import { cleanupMs, oldestUseMs } from './ttl/stamped.js'

/** Columns of the section `timers`: the domain as its place in {@link timeDomains}, and the time. */
export const timerColumns: readonly BlockColumn[] = [
  { name: 'domain', kind: 'timer', version: 1 },
  { name: 'timestampMs', kind: 'timer', version: 1 },
]

/** The domains in the order that blocks number them. */
export const timeDomains: readonly TimeDomain[] = ['event', 'processing']

/** A time of one domain. */
export interface Moment {
  readonly domain: TimeDomain
  readonly timestampMs: number
}

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
  { all, uid }: BoundStates,
): readonly (ColumnTarget | undefined)[] {
  return columns.map((column) => {
    const slot = all.findIndex((state) => state.name === column.name)
    const state = all[slot]
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

/** The rows of a block that belong to a subtask: from `start` (inclusive) to `end` (exclusive). */
export function ownRows(
  block: KeyedBlock,
  { uid, keyGroups }: { readonly uid: string; readonly keyGroups: KeyGroupRange },
): { readonly start: number; readonly end: number } {
  const { start, end } = rowsOfKeyGroups(block, keyGroups)
  for (let row = start; row < end; row++) {
    if (keyGroupOfKey(block.keys[row]!) !== block.keyGroups[row]) refuseCell('each key in its key group', uid)
  }
  return { start, end }
}

/** What a slot has to hold for a cell; undefined when nothing of it is left. */
export function contentOf({ kind, migrate }: ColumnTarget, cell: unknown, uid: string): unknown {
  if (kind === 'list' && !Array.isArray(cell)) refuseCell('a list', uid)
  if (kind === 'map' && !(cell instanceof Map)) refuseCell('a map', uid)
  return migrate === undefined ? cell : migrate(cell)
}

/** The timer of a row of the sections `timers` and `removed-timers`. */
export function timerOf({ cells }: KeyedBlock, row: number, uid: string): Moment {
  const domain = timeDomains[Number(cells[0]?.[row])]
  const timestampMs = cells[1]?.[row]
  if (domain === undefined || typeof timestampMs !== 'number') refuseCell('domain and time of a timer', uid)
  return { domain, timestampMs }
}

/** When a key is to be looked at, because of what was restored into one of its slots; undefined when it lives for ever. */
export function cleanupOf({ kind, ttl }: ColumnTarget, content: unknown): Moment | undefined {
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
