/** The mailbox's turn-taking: production round-robins and yields by time, the simulator draws from its seed. */
export interface Scheduler {
  /** Gives the other work of the process a turn; resolves in a later macrotask. */
  yield(): Promise<void>
  /** Which of `count` runnable parties is next, 0 ≤ result < count. */
  next(count: number): number
  /** How many elements a subtask may process before others get a turn (at least 1). */
  sliceSize(): number
  /** Whether a runnable party sits this round out; never in production. */
  skips(): boolean
  /** Whether the loop has run long enough without a yield. */
  shouldYield(): boolean
}
