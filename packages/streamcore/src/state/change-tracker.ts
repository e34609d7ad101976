/** What a snapshot still has to save, and what has changed since the last durable one, by version numbers on the items themselves. */
import type { KeyedSnapshotKind } from '../contracts/state/keyed-state-backend.js'

/** Where versions of items are kept: an item's own says when it was changed last; see {@link ChangeTracker}. */
export interface Versions<T> {
  versionOf(item: T): number
  setVersion(item: T, version: number): void
}

/** An item that carries its version. */
export interface Versioned {
  version: number
}

/** The versions of such items. */
export const ownVersions: Versions<Versioned> = {
  versionOf: (item) => item.version,
  setVersion: (item, version) => {
    item.version = version
  },
}

/** Items that a delta has to tell of. */
export interface Changes<T, Gone> {
  /** In order of their first change. The version of those removed since is negative; `removed` tells of them, if need be. */
  changed: T[]
  /** What is left of items that were removed, though an earlier snapshot may hold them. */
  removed: Gone[]
}

/** The version of what is no longer there, and not among the changes; those that are have lower ones. */
export const removedVersion: number = -1

/** Each snapshot takes four versions: saved by its walk, changed since it began, made since it began, and none. */
const versionsPerSnapshot = 4
const changedOffset = 1
const madeOffset = 2

/**
 * Counts snapshots. A version below that of the newest snapshot means "not changed since it began", so one comparison on an
 * item that is at hand anyway serves both copy-on-write and deltas; only an item's first change after each snapshot costs more.
 * An item may be a place that is used again by the next one: it stands among the changes once.
 */
export class ChangeTracker<T, Gone> {
  /** An item with a lower version has to be given to {@link touch} before it changes. */
  changedFrom: number = changedOffset
  readonly #versions: Versions<T>
  #base = 0
  /** Versions from here to `#base` are to be saved by the snapshot under way. */
  #saveFrom = 0
  #save: ((item: T) => void) | undefined = undefined
  #isTracking = false
  #open: Changes<T, Gone> = { changed: [], removed: [] }
  /** Items of `#open.changed` that were removed again. */
  #gone = 0
  /** Goes into the snapshot whose fate is not known yet. */
  #awaiting: Changes<T, Gone> | undefined = undefined

  constructor(versions: Versions<T>) {
    this.#versions = versions
  }

  /** An item that has not been changed since the last snapshot began is about to. */
  touch(item: T): void {
    this.#saveIfDue(item)
    this.#versions.setVersion(item, this.#base + changedOffset)
    if (this.#isTracking) this.#open.changed.push(item)
  }

  /** An item is new. */
  made(item: T): void {
    const isListed = this.#versions.versionOf(item) === this.#listedGoneVersion
    this.#versions.setVersion(item, this.#base + madeOffset)
    if (isListed) this.#gone--
    else if (this.#isTracking) this.#open.changed.push(item)
  }

  /** An item goes, and leaves something to tell of. It is not given to this tracker again unless it is made again. */
  removed(item: T, gone: Gone): void {
    this.#saveIfDue(item)
    const version = this.#versions.versionOf(item)
    const isListed = this.#isTracking && version > this.#base
    if (this.#isTracking && version !== this.#base + madeOffset) this.#open.removed.push(gone)
    this.#versions.setVersion(item, isListed ? this.#listedGoneVersion : removedVersion)
    if (!isListed) return
    this.#gone++
    // What comes and goes between two snapshots must not fill the memory.
    if (this.#gone * 2 > this.#open.changed.length + 64) this.#forgetGone()
  }

  /** The version of items that no delta has to tell of. */
  get restoredVersion(): number {
    return this.#base
  }

  /**
   * From now on every item that the snapshot has to hold is saved before it changes or goes. Gives what has changed, if it is
   * a delta. With `tracks` changes from now on are kept for the next one.
   */
  beginSnapshot(kind: KeyedSnapshotKind, save: (item: T) => void, tracks: boolean): Changes<T, Gone> {
    this.failed()
    this.#base += versionsPerSnapshot
    this.changedFrom = this.#base + changedOffset
    this.#saveFrom = kind === 'full' ? 0 : this.#base - versionsPerSnapshot + changedOffset
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
    this.#versions.setVersion(item, this.#base)
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
      const version = this.#versions.versionOf(item)
      if (version < 0 || version >= this.changedFrom) continue
      // Not as made: should the snapshot exist after all, a later removal has to be told of.
      this.#versions.setVersion(item, this.#base + changedOffset)
      changed.push(item)
    }
    for (const gone of awaiting.removed) removed.push(gone)
  }

  /** The version of what was removed, but still stands in `#open.changed`. */
  get #listedGoneVersion(): number {
    return removedVersion - 1 - this.#base
  }

  #isDue(item: T): boolean {
    if (this.#save === undefined) return false
    const version = this.#versions.versionOf(item)
    return version >= this.#saveFrom && version < this.#base
  }

  #saveIfDue(item: T): void {
    if (this.#isDue(item)) this.#save?.(item)
  }

  #forgetGone(): void {
    this.#open.changed = this.#open.changed.filter((item) => {
      const isThere = this.#versions.versionOf(item) >= 0
      if (!isThere) this.#versions.setVersion(item, removedVersion)
      return isThere
    })
    this.#gone = 0
  }
}
