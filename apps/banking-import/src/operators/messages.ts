/** What the operators tell each other. Every message carries the `key` of the entry it is for. */
import type { Row, RowChange } from 'streamcore'
import type { RecordKey } from '../model/record-key.js'

/** A reference of a version: its foreign key and the record it points at. */
export interface Reference {
  /** Index of the foreign key in its entity. */
  readonly field: number
  readonly parent: RecordKey
}

/** A right to rely on a parent's row, given by its incarnation. It must be closed exactly once. */
export interface Hold {
  readonly parent: RecordKey
  readonly incarnation: number
}

/** A new version of the record itself. */
export interface UpsertMessage {
  readonly kind: 'upsert'
  readonly key: RecordKey
  readonly version: number
  readonly row: Row
  readonly references: readonly Reference[]
  readonly place: string
  readonly inTarget: boolean
  /** The version was given up and comes again. */
  readonly attempt?: number
}

/** The record's end. */
export interface DeleteMessage {
  readonly kind: 'delete'
  readonly key: RecordKey
  readonly version: number
  readonly row: Row
  readonly place: string
}

/** A child's question to its parent: are you there? */
export interface RequestMessage {
  readonly kind: 'request'
  readonly key: RecordKey
  readonly child: RecordKey
  readonly field: number
  /** The child's version that asks; minus the number of the attempt when the version comes again. */
  readonly since: number
  /** The child's row is in the target already, and so is its parent's. */
  readonly inTarget: boolean
}

/** The parent's answer: I am there and stay until you close. */
export interface GrantMessage {
  readonly kind: 'grant'
  readonly key: RecordKey
  readonly field: number
  readonly since: number
  readonly parent: RecordKey
  readonly incarnation: number
}

/** Why a parent is missing. */
export type MissingReason = 'never-seen' | 'deleted'

/** The parent's answer: not there, you are on my list. */
export interface MissingMessage {
  readonly kind: 'missing'
  readonly key: RecordKey
  readonly field: number
  readonly since: number
  readonly parent: RecordKey
  /** `full`: not on my list either, because too many are. */
  readonly reason: MissingReason | 'full'
}

/** Go on answering those who wait. */
export interface ContinueMessage {
  readonly kind: 'continue'
  readonly key: RecordKey
}

/** Everything a resolve operator receives. */
export type ResolveMessage =
  | UpsertMessage
  | DeleteMessage
  | RequestMessage
  | GrantMessage
  | MissingMessage
  | ContinueMessage

/** A hold was given back. */
export interface CloseMessage {
  readonly kind: 'close'
  readonly key: RecordKey
  readonly incarnation: number
}

/** The record is deleted; its row goes once the grants of this incarnation are closed. */
export interface HeldDeleteMessage {
  readonly kind: 'held-delete'
  readonly key: RecordKey
  readonly incarnation: number
  /** Grants given under this incarnation. */
  readonly grants: number
  /** What the row itself holds until it is gone. */
  readonly holds: readonly Hold[]
  readonly change: RowChange
}

/** The record came back before its delete was carried out. */
export interface BackMessage {
  readonly kind: 'back'
  readonly key: RecordKey
}

/** Everything a gate receives. */
export type GateMessage = CloseMessage | HeldDeleteMessage | BackMessage
