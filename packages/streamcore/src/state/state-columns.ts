/** How the states and timers of a key stand in the columns of checkpoint blocks; the same for every backend. */
import { StreamcoreError } from '../contracts/errors.js'
import type { TimeDomain } from '../contracts/state/keyed-state-backend.js'
import type { StateDescription } from '../contracts/state/state-descriptors.js'
import type { BlockColumn } from '../serde/block.js'

/** Columns of the section `timers`: the domain as its place in {@link timeDomains}, and the time. */
export const timerColumns: readonly BlockColumn[] = [
  { name: 'domain', kind: 'timer', version: 1 },
  { name: 'timestampMs', kind: 'timer', version: 1 },
]

/** The domains in the order that blocks number them. */
export const timeDomains: readonly TimeDomain[] = ['event', 'processing']

/** For each column of a block the slot of the state it belongs to; -1 for states that no longer exist. */
export function slotsOfColumns(
  columns: readonly BlockColumn[],
  descriptions: readonly StateDescription[],
  uid: string,
): readonly number[] {
  return columns.map((column) => {
    const slot = descriptions.findIndex((description) => description.name === column.name)
    const bound = descriptions[slot]
    if (bound !== undefined && (bound.kind !== column.kind || bound.version !== column.version)) {
      throw new StreamcoreError(
        'STREAMCORE_STATE_MISMATCH',
        `Expected state "${bound.name}" of operator "${uid}" as ${bound.kind} version ${bound.version}, got ` +
          `${column.kind} version ${column.version} in the checkpoint. Give the changed state a new name, or restore ` +
          'with the job version that wrote it.',
        { details: { uid } },
      )
    }
    return slot
  })
}

/** Fails because a block holds something that no writer puts there. */
export function refuseCell(expected: string, uid: string): never {
  throw new StreamcoreError(
    'STREAMCORE_CHECKPOINT_CORRUPT',
    `Expected ${expected} in a block of operator "${uid}". The block is not of this operator or damaged.`,
    { details: { uid } },
  )
}
