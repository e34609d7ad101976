/** What the version of an entry says: whether a snapshot still has to save it, and whether a durable one holds it. */
import type { KeyedSnapshotKind } from '../../contracts/state/keyed-state-backend.js'

/** Each snapshot takes four versions. */
const versionsPerSnapshot = 4
const changedOffset = 1
const madeOffset = 2
const noneOffset = 3

/** Whether no snapshot can hold the key: it was made after the newest one began, or there was nothing of it. */
export function isUnknown(version: number): boolean {
  return (version & (versionsPerSnapshot - 1)) >= madeOffset
}

/**
 * The versions since the newest snapshot began. An entry of a lower one has not been changed since. A row may be saved without
 * being written again, so what a version of former snapshots says holds for the cache only: see {@link ofRow}.
 */
export class EntryVersions {
  /** Saved by the newest snapshot, or not for it to save. */
  saved = 0
  /** Changed since it began. */
  changed: number = changedOffset
  /** Came since it began. */
  made: number = madeOffset
  /** There is nothing of the key. */
  none: number = noneOffset
  /** Whether changes have to be told by a later snapshot. */
  isTracking = false
  #durable = 0
  #saveFrom: number = Number.POSITIVE_INFINITY

  /** Whether the snapshot under way has to save what has this version. */
  isDue(version: number): boolean {
    return version >= this.#saveFrom && version < this.saved
  }

  /** Whether a durable snapshot tells of what has this version. */
  isTold(version: number): boolean {
    return version <= this.#durable
  }

  /** Whether what went at this version is told of by a durable snapshot. */
  isRemovalTold(version: number): boolean {
    return version < this.#durable
  }

  /** The version of a row: every snapshot since may hold it. */
  ofRow(version: number): number {
    const isOld = version < this.saved
    return isOld && isUnknown(version) ? version - (version % versionsPerSnapshot) + changedOffset : version
  }

  begin(kind: KeyedSnapshotKind, isTracking: boolean): void {
    this.saved += versionsPerSnapshot
    this.changed = this.saved + changedOffset
    this.made = this.saved + madeOffset
    this.none = this.saved + noneOffset
    this.isTracking = isTracking
    this.#saveFrom = kind === 'full' ? 0 : this.#durable + 1
  }

  /** The snapshot needs no more entries. */
  end(): void {
    this.#saveFrom = Number.POSITIVE_INFINITY
  }

  /** The newest snapshot is durable. */
  durable(): void {
    this.#durable = this.saved
  }
}
