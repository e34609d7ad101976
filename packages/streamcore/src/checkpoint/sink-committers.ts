/** The committers of a job's transactional sinks: fencing at the start, one commit with one marker per sink and checkpoint. */
import type { CheckpointRef } from '../contracts/checkpoint-storage.js'
import type { CommitMarker, Committer } from '../contracts/sink.js'

/** One sink's committer. */
export interface SinkCommitter {
  readonly uid: string
  readonly committer: Committer<unknown>
}

/** Output of one checkpoint by sink uid. */
export type Committables = ReadonlyMap<string, readonly unknown[]>

/** All committers of one incarnation. */
export class SinkCommitters {
  readonly #jobId: string
  readonly #epoch: number
  readonly #sinks: readonly SinkCommitter[]

  constructor(jobId: string, epoch: number, sinks: readonly SinkCommitter[]) {
    this.#jobId = jobId
    this.#epoch = epoch
    this.#sinks = sinks
  }

  /** Fences every lower epoch in every sink and gives the markers found. */
  async claimAll(): Promise<ReadonlyMap<string, CommitMarker | undefined>> {
    const markers = new Map<string, CommitMarker | undefined>()
    for (const { uid, committer } of this.#sinks) markers.set(uid, await committer.claim(this.#epoch))
    return markers
  }

  /** Commits a checkpoint in the given sinks (default: all), one after another; every sink gets a marker even without output. */
  async commit(
    checkpoint: CheckpointRef,
    committables: Committables,
    uids?: readonly string[],
  ): Promise<void> {
    for (const { uid, committer } of this.#sinks) {
      if (uids !== undefined && !uids.includes(uid)) continue
      const marker: CommitMarker = {
        jobId: this.#jobId,
        sinkUid: uid,
        epoch: this.#epoch,
        checkpointId: checkpoint.id,
        madeBy: checkpoint.madeBy,
      }
      await committer.commit(marker, committables.get(uid) ?? [])
    }
  }

  async close(): Promise<void> {
    const results = await Promise.allSettled(this.#sinks.map(({ committer }) => committer.close()))
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (errors.length > 0) throw new AggregateError(errors, 'Closing the committers failed')
  }
}
