/** Which line of the commit log is the last: ids only grow, also across lineages, and a start repeats the newest commit. */
import type { CommittedCheckpoint } from '../contracts/checkpoint-storage.js'

/** What {@link isNewerCommit} looks at. */
export type CommitOrder = Pick<CommittedCheckpoint, 'id' | 'committedBy'>

/** Whether `commit` comes after `other`, or is the same one again. */
export function isNewerCommit(commit: CommitOrder, other: CommitOrder | undefined): boolean {
  if (other === undefined || commit.id > other.id) return true
  return commit.id === other.id && commit.committedBy >= other.committedBy
}
