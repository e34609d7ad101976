/** What resolve keeps of every record, and how: of an ordinary one little more than its version. There may be many millions. */
import type { RecordKey } from '../model/record-key.js'
import type { GivenUp } from './given-up.js'
import type { Hold } from './messages.js'

/** Whether a record counts as being there for newcomers. `deleted` begins when its delete arrives. */
export const Presence = { unknown: 0, present: 1, deleted: 2 } as const
/** One of {@link Presence}. */
export type Presence = (typeof Presence)[keyof typeof Presence]

/** What is kept of every record. */
export interface Entry {
  /** Newest version that has arrived; -1 when none has. */
  readonly last: number
  /** Version released last; 0 when there is no row. */
  readonly row: number
  readonly presence: Presence
  /** Names the time since the record is there: the version that made it present, 0 for rows of the target; -1 before. */
  readonly incarnation: number
  /** What the row holds. */
  readonly holds: readonly Hold[]
  /** Absent as long as no version was given up. */
  readonly givenUp?: GivenUp
}

/** The entry of a record nothing is known of. */
export const noEntry: Entry = { last: -1, row: 0, presence: Presence.unknown, incarnation: -1, holds: [] }

/**
 * - a number: a present record that holds nothing; its one version made it present, and nothing newer has arrived
 * - a list: the same with holds, `[version, parent, incarnation, …]`
 * - an object: everything else
 */
export type PackedEntry = number | readonly [version: number, ...holds: (RecordKey | number)[]] | Entry

/** The short form, where there is one. */
export function packedEntry(entry: Entry): PackedEntry {
  const { last, row, presence, incarnation, holds, givenUp } = entry
  const isOrdinary =
    presence === Presence.present && row === last && incarnation === last && givenUp === undefined
  if (!isOrdinary) return entry
  if (holds.length === 0) return last
  return [last, ...holds.flatMap((hold) => [hold.parent, hold.incarnation])]
}

/** The entry of a short form. */
export function unpackedEntry(packed: PackedEntry): Entry {
  if (typeof packed === 'number') return ordinary(packed, [])
  if (!isList(packed)) return packed
  const holds: Hold[] = []
  for (let index = 1; index < packed.length; index += 2)
    holds.push({ parent: String(packed[index]), incarnation: Number(packed[index + 1]) })
  return ordinary(packed[0], holds)
}

function ordinary(version: number, holds: readonly Hold[]): Entry {
  return { last: version, row: version, presence: Presence.present, incarnation: version, holds }
}

function isList(packed: PackedEntry): packed is Extract<PackedEntry, readonly unknown[]> {
  return Array.isArray(packed)
}
