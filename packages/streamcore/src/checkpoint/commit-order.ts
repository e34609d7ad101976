/** What comes after what: lines of the commit log, and the incarnations that hold slots. */
import type { CheckpointSlot, CommittedCheckpoint, SealedSlot } from '../contracts/checkpoint-storage.js'

/** What {@link isNewerCommit} looks at. */
export type CommitOrder = Pick<CommittedCheckpoint, 'id' | 'committedBy'>

/** Whether a later incarnation than the one that wants to seal has a slot already. */
export function isOvertaken(seal: SealedSlot, slots: readonly CheckpointSlot[]): boolean {
  return slots.some((slot) => slot.kind !== 'damaged' && slot.madeBy > seal.madeBy)
}

/**
 * The last line of the commit log is the newest: ids only grow, also across lineages, and a start repeats the last commit.
 * Whether `commit` comes after `other`, or is the same one again.
 */
export function isNewerCommit(commit: CommitOrder, other: CommitOrder | undefined): boolean {
  if (other === undefined || commit.id > other.id) return true
  return commit.id === other.id && commit.committedBy >= other.committedBy
}
