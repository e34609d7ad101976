/** Which rows a snapshot still has to save, and which have changed since the last durable one: sets of rows, a bit for each. */
import type { Key } from '../contracts/key.js'
import type { KeyedSnapshotKind } from '../contracts/state/keyed-state-backend.js'
import { RowBits } from './row-bits.js'

/** Goes into a snapshot whose fate is not known yet. */
interface Awaiting {
  readonly changed: RowBits
  readonly removed: readonly Key[]
}

/**
 * What `ChangeTracker` is to timers, for the rows of a table: one bit, looked at before each change, serves both copy-on-write
 * and deltas. Rows are used again by other keys; a free row is in none of the sets.
 */
export class RowChanges {
  /** Changed or made since the newest snapshot began. */
  #changed = new RowBits()
  /** An earlier snapshot, or that under way, holds what is in the row: its removal has to be told of. */
  readonly #told = new RowBits()
  /** The snapshot under way has still to save these, before they change or go. */
  #unsaved = new RowBits()
  #save: ((row: number) => void) | undefined = undefined
  #isTracking = false
  /** Keys that went, though an earlier snapshot may hold them. */
  #removed: Key[] = []
  #awaiting: Awaiting | undefined = undefined

  /** What is in a row is about to change. */
  touch(row: number): void {
    if (!this.#changed.has(row)) this.#touchFirst(row)
  }

  /** There is something new in a row. */
  made(row: number): void {
    this.#changed.add(row)
  }

  /** A row holds what a checkpoint held. */
  restored(row: number): void {
    this.#told.add(row)
  }

  /** What is in a row goes. */
  removed(row: number, key: Key): void {
    this.save(row)
    if (this.#isTracking && this.#told.has(row)) this.#removed.push(key)
    this.forget(row)
  }

  /** A row is free, as if there had never been anything. */
  forget(row: number): void {
    this.#changed.delete(row)
    this.#told.delete(row)
    // Who comes next may not be told of by a failure of the snapshot that knew who was here.
    this.#awaiting?.changed.delete(row)
  }

  /**
   * From now on every row that the snapshot has to hold is saved before it changes or goes. Gives the keys that were removed,
   * for a delta to tell of. With `tracks` changes from now on are kept for the next one. Takes as long as copying some bits.
   */
  beginSnapshot(kind: KeyedSnapshotKind, save: (row: number) => void, tracks: boolean): readonly Key[] {
    this.failed()
    // Whatever holds state is in one of both.
    this.#told.addAll(this.#changed)
    this.#unsaved = kind === 'full' ? this.#told.copy() : this.#changed.copy()
    this.#save = save
    const removed = this.#removed
    this.#awaiting = tracks ? { changed: this.#changed, removed } : undefined
    this.#isTracking = tracks
    this.#changed = new RowBits()
    this.#removed = []
    return removed
  }

  /** The next row that the snapshot has to save, from `row` on; `noRow` when there is none. */
  nextUnsaved(row: number): number {
    return this.#unsaved.next(row)
  }

  /** Saves a row unless it is saved already, or not part of the snapshot under way. */
  save(row: number): void {
    if (!this.#unsaved.has(row)) return
    this.#save?.(row)
    this.#unsaved.delete(row)
  }

  /** The snapshot needs no more rows. */
  endSnapshot(): void {
    this.#save = undefined
    this.#unsaved = new RowBits()
  }

  /** What the last snapshot held is told of for good. */
  durable(): void {
    this.#awaiting = undefined
  }

  /** What the last snapshot held has to be told of again. */
  failed(): void {
    const awaiting = this.#awaiting
    this.#awaiting = undefined
    if (awaiting === undefined) return
    this.#changed.addAll(awaiting.changed)
    for (const key of awaiting.removed) this.#removed.push(key)
  }

  #touchFirst(row: number): void {
    this.save(row)
    this.#changed.add(row)
  }
}
