/** Who may run a job: one incarnation at a time, each with a higher epoch than all before it. */
export interface Lease {
  /**
   * Takes the next epoch by exclusive create. Refuses with `STREAMCORE_LEASE_HELD` while the owner is alive on this host,
   * unless `takeOver`. `above`: an epoch that was used elsewhere, such as by the maker of a savepoint, and must not come again.
   */
  acquire(options: { readonly takeOver: boolean; readonly above?: number }): Promise<number>
  /** Fails with `STREAMCORE_FENCED` when another incarnation has taken a higher epoch. */
  assertCurrent(): Promise<void>
  /** Says that the owner ended in order, so that the next start need not look for it. */
  release(): Promise<void>
}

/** Which processes of this host are alive; needed to judge a lease. */
export interface ProcessTable {
  /** This process. */
  self(): ProcessIdentity
  isAlive(process: ProcessIdentity): Promise<boolean>
  /** SIGKILL, then waits until it is gone. */
  kill(process: ProcessIdentity): Promise<void>
}

/** A process that cannot be confused with a later one of the same pid. */
export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /** Start time in the unit of the platform. */
  readonly startedAt: string
}
