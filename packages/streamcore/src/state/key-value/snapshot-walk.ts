/** How a snapshot of a key-value backend finds what it has to save. */

/** Goes through entries between elements; those that change meanwhile are saved before. */
export interface SnapshotWalk {
  /** Saves about so many entries more; true when the walk is over. */
  goOn(maxEntries: number): boolean
  /** What `goOn` waits for: until then it does nothing. */
  waitsFor(): Promise<void> | undefined
  /** The row of an entry is about to be written or deleted. */
  rowChanges(row: string): void
  /** Whether the walk does not come to this row any more. */
  hasPassed(row: string): boolean
}
