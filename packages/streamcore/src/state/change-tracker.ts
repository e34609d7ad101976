/** Which timers a snapshot still has to save, and which have changed since the last durable one, by version numbers on them. */
import type { KeyedSnapshotKind } from '../contracts/state/keyed-state-backend.js'

/** A timer. Its version says when it was made or told of; see {@link ChangeTracker}. */
export interface Versioned {
  version: number
}

/** Items that a delta has to tell of. */
export interface Changes<T> {
  /** In the order in which they were made; those removed since have {@link removedVersion} and are told of in `removed`, if need be. */
  changed: T[]
  /** Removed, though an earlier snapshot may hold them. */
  removed: T[]
}

/** The version of what is no longer there. */
export const removedVersion: number = -1

/** Each snapshot takes four versions: saved by its walk, to be told of again, made since it began, and none. */
const versionsPerSnapshot = 4
const repeatedOffset = 1
const madeOffset = 2

/** Counts snapshots. A version below that of the newest snapshot means "was there when it began". Items come and go, and do not change. */
export class ChangeTracker<T extends Versioned> {
  #base = 0
  /** Versions from here to `#base` are to be saved by the snapshot under way. */
  #saveFrom = 0
  #save: ((item: T) => void) | undefined = undefined
  #isTracking = false
  #open: Changes<T> = { changed: [], removed: [] }
  /** Items of `#open.changed` that were removed again. */
  #gone = 0
  /** Goes into the snapshot whose fate is not known yet. */
  #awaiting: Changes<T> | undefined = undefined

  /** An item is new. It was never given to this tracker before. */
  made(item: T): void {
    item.version = this.#base + madeOffset
    if (this.#isTracking) this.#open.changed.push(item)
  }

  /** An item goes. It is never given to this tracker again. */
  removed(item: T): void {
    this.#saveIfDue(item)
    if (this.#isTracking) {
      if (item.version !== this.#base + madeOffset) this.#open.removed.push(item)
      if (item.version > this.#base) this.#gone++
    }
    item.version = removedVersion
    const { changed } = this.#open
    // What comes and goes between two snapshots must not fill the memory.
    if (this.#gone * 2 > changed.length + 64) this.#forgetGone()
  }

  /** The version of items that no delta has to tell of. */
  get restoredVersion(): number {
    return this.#base
  }

  /**
   * From now on every item that the snapshot has to hold is saved before it goes. Gives what is new and what has gone, for
   * a delta. With `tracks` changes from now on are kept for the next one.
   */
  beginSnapshot(kind: KeyedSnapshotKind, save: (item: T) => void, tracks: boolean): Changes<T> {
    this.failed()
    this.#base += versionsPerSnapshot
    this.#saveFrom = kind === 'full' ? 0 : this.#base - versionsPerSnapshot + repeatedOffset
    this.#save = save
    this.#isTracking = tracks
    const changes = this.#open
    this.#awaiting = changes
    this.#open = { changed: [], removed: [] }
    this.#gone = 0
    return changes
  }

  /** Saves an item met on a walk, unless it is saved already, removed, or none of this snapshot. */
  saveOnce(item: T): void {
    if (!this.#isDue(item)) return
    this.#save?.(item)
    item.version = this.#base
  }

  /** The snapshot needs no more items. */
  endSnapshot(): void {
    this.#save = undefined
  }

  /** What the last snapshot held is told of for good. */
  durable(): void {
    this.#awaiting = undefined
  }

  /** What the last snapshot held has to be told of again. */
  failed(): void {
    const awaiting = this.#awaiting
    this.#awaiting = undefined
    if (awaiting === undefined || !this.#isTracking) return
    const { changed, removed } = this.#open
    for (const item of awaiting.changed) {
      if (item.version === removedVersion) continue
      // Not as made: should the snapshot exist after all, a later removal has to be told of.
      item.version = this.#base + repeatedOffset
      changed.push(item)
    }
    for (const item of awaiting.removed) removed.push(item)
  }

  #isDue(item: T): boolean {
    return this.#save !== undefined && item.version >= this.#saveFrom && item.version < this.#base
  }

  #saveIfDue(item: T): void {
    if (this.#isDue(item)) this.#save?.(item)
  }

  #forgetGone(): void {
    this.#open.changed = this.#open.changed.filter((item) => item.version !== removedVersion)
    this.#gone = 0
  }
}
