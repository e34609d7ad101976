/** The audit trail: what became of each delivered version. */
import { outputTag } from 'streamcore'
import type { RecordKey } from '../model/record-key.js'

/**
 * The fate of a version. `released`: handed to the writer (applied, unless a later version of the same transaction replaces
 * it: coalesced, listed in the table `import_coalesced`). `superseded`: it waited for a deleted parent and a later version went first. `cancelled`: its record was
 * deleted while it waited. `merged`: a held delete whose record came back. `nothing-to-delete`: the record was deleted
 * already. `duplicate`, `stale`: the same or a newer version had arrived. `evicted`: it waited too long.
 */
export type Fate =
  | 'released'
  | 'superseded'
  | 'cancelled'
  | 'merged'
  | 'nothing-to-delete'
  | 'duplicate'
  | 'stale'
  | 'evicted'

/** One line of the audit trail. */
export interface AuditEvent {
  readonly key: RecordKey
  readonly version: number
  readonly fate: Fate
  readonly place: string
  /** Since when the version had been waiting; absent when nothing it refers to was missing. */
  readonly sinceMs?: number
}

/** The audit trail as a side output of resolve and gate. */
export const auditTag = outputTag<AuditEvent>('audit')
