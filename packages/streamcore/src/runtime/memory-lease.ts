/** The lease of a job whose state lives in memory: nobody else can run it, so only epochs have to be counted. */
import type { Lease } from '../contracts/ports/lease.js'

/** Counts the incarnations within one process. */
export class MemoryLease implements Lease {
  #epoch = 0

  async acquire(options: { readonly above?: number }): Promise<number> {
    this.#epoch = Math.max(this.#epoch, options.above ?? 0) + 1
    return this.#epoch
  }

  async assertCurrent(): Promise<void> {}

  async release(): Promise<void> {}
}
