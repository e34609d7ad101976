/** One change as the source delivered it, checked: what the dataflow works with. */
import type { Row } from 'streamcore'
import type { RecordKey } from './record-key.js'

/** A new version of a record. */
export interface UpsertRecord {
  readonly kind: 'upsert'
  readonly key: RecordKey
  readonly version: number
  /** All columns of the target's table. */
  readonly row: Row
  /** What each foreign key points at, in the model's order; null where it points at nothing. */
  readonly references: readonly (RecordKey | null)[]
  /** Where it came from, in words. */
  readonly place: string
  /** The row is in the target already: it takes part in everything but is not written. */
  readonly inTarget: boolean
}

/** The end of a record. */
export interface DeleteRecord {
  readonly kind: 'delete'
  readonly key: RecordKey
  readonly version: number
  /** Id and version. */
  readonly row: Row
  readonly place: string
}

/** Some columns of a new version; the others keep their value. */
export interface PartialRecord {
  readonly kind: 'partial'
  readonly key: RecordKey
  readonly version: number
  /** Id, version and the columns delivered. */
  readonly row: Row
  readonly place: string
}

/** A checked change. */
export type ImportRecord = UpsertRecord | DeleteRecord

/** A record that cannot be used, with the reason. */
export interface Refusal {
  readonly kind: 'refused'
  readonly reason: string
}
