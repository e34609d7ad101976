/** The waiting table: which version waits for which missing records, since when. */
import { outputTag } from 'streamcore'
import type { RecordKey } from '../model/record-key.js'
import type { MissingReason } from './messages.js'

/** A record that is missing. */
export interface MissingParent {
  /** Name of the foreign key. */
  readonly field: string
  readonly parent: RecordKey
  readonly reason: MissingReason
}

/**
 * A change of the waiting table. `waiting`: the version waits for what is listed (again, when the list has changed);
 * `overdue`: it has waited longer than allowed; `ended`: it no longer waits. Short waits are not reported.
 */
export interface WaitingEvent {
  readonly kind: 'waiting' | 'overdue' | 'ended'
  readonly entity: string
  readonly id: string
  readonly version: number
  readonly missing: readonly MissingParent[]
  readonly sinceMs: number
  readonly place: string
}

/** The waiting table as a side output of resolve. */
export const waitingTag = outputTag<WaitingEvent>('waiting')
