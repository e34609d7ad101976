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
  /** The version was given up and comes again; attempts of a record ascend. */
  readonly attempt?: number
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
  /** As that of an upsert. */
  readonly attempt?: number
}

/** A checked change. */
export type ImportRecord = UpsertRecord | DeleteRecord

/** A record of a delivery that is handed over as a whole. */
export interface InDelivery {
  readonly kind: 'in-delivery'
  readonly delivery: number
  /** The partition it came by: `account/2`. */
  readonly lane: string
  readonly record: ImportRecord | PartialRecord
}

/** Says that a delivery's records in this partition are all before it; every partition has one. */
export interface DeliveryMark {
  readonly kind: 'mark'
  readonly delivery: number
  readonly lane: string
  /** How many partitions have a mark of this delivery. */
  readonly of: number
}

/** What a topic may hold. */
export type Delivered = ImportRecord | PartialRecord | InDelivery | DeliveryMark

/** A record that cannot be used, with the reason. */
export interface Refusal {
  readonly kind: 'refused'
  readonly reason: string
}
