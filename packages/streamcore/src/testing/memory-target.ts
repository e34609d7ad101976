/** A transactional sink into an array: what it holds is what was committed, once per record. */
import { StreamcoreError } from '../contracts/errors.js'
import type { CommitMarker, Committer, SinkWriter, TwoPhaseCommitSink } from '../contracts/sink.js'

/** A target in memory that survives restarts of the job. */
export class MemoryTarget<T> {
  readonly #committed: T[] = []
  readonly #commits: CommitMarker[] = []
  #claimedEpoch = 0

  /** Everything committed, in order. */
  get committed(): readonly T[] {
    return this.#committed
  }

  /** One marker per commit. */
  get commits(): readonly CommitMarker[] {
    return this.#commits
  }

  /** A sink that writes into this target. */
  sink(): TwoPhaseCommitSink<T, T> {
    return {
      kind: 'memory-target',
      delivery: 'exactly-once',
      config: null,
      createWriter: async () => new MemoryWriter<T>(),
      createCommitter: async () => this.#committer(),
    }
  }

  #committer(): Committer<T> {
    return {
      claim: async (epoch) => {
        this.#fence(epoch)
        this.#claimedEpoch = epoch
        return this.#commits.at(-1)
      },
      commit: async (marker, committables) => {
        this.#fence(marker.epoch)
        for (const value of committables) this.#committed.push(value)
        this.#commits.push(marker)
      },
      close: async () => {},
    }
  }

  #fence(epoch: number): void {
    if (epoch >= this.#claimedEpoch) return
    throw new StreamcoreError(
      'STREAMCORE_FENCED',
      `Epoch ${this.#claimedEpoch} has claimed this target, got ${epoch}`,
      { details: { epoch: this.#claimedEpoch } },
    )
  }
}

class MemoryWriter<T> implements SinkWriter<T, T> {
  #pending: T[] = []

  write(value: T): void {
    this.#pending.push(value)
  }

  prepareCommit(): readonly T[] {
    const prepared = this.#pending
    this.#pending = []
    return prepared
  }

  /** Values in memory have no size of their own; their number serves. */
  pendingBytes(): number {
    return this.#pending.length
  }

  async close(): Promise<void> {}
}
