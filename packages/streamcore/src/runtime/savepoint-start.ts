/** A start from a savepoint: checks it against job and targets, then makes it the first checkpoint of a new lineage. */
import { copyCheckpoint } from '../checkpoint/copy-checkpoint.js'
import { hasBegun, lineageExtra, sinksToCarry } from '../checkpoint/lineage.js'
import type { RecoveryFacts } from '../checkpoint/recovery.js'
import { readSavepoint, type Savepoint } from '../checkpoint/savepoint.js'
import { type SinkCommitter, SinkCommitters } from '../checkpoint/sink-committers.js'
import type { CheckpointRef, CheckpointSlot, CheckpointStorage } from '../contracts/checkpoint-storage.js'
import { RetryableError, StreamcoreError, TerminalError } from '../contracts/errors.js'
import type { CommitMarker } from '../contracts/sink.js'
import type { JobGraph } from '../graph/job-graph.js'
import type { RunOptions, SavepointOrigin } from './job-options.js'
import { assertRestorable } from './restore-check.js'

/** Opens the savepoint a run begins from and checks that the job can take its state over; undefined when there is none. */
export async function openSavepointStart(
  run: RunOptions,
  jobGraph: JobGraph,
): Promise<SavepointStart | undefined> {
  if (run.from === undefined) return undefined
  const savepoint = await readSavepoint(await run.from.open(), run.from.place)
  assertRestorable(savepoint.manifest, jobGraph, run)
  return new SavepointStart(run, run.from, savepoint)
}

/** Each means that another target was claimed by a higher epoch than all before it. */
const maxClaimAttempts = 16

/** One start from a savepoint. */
export class SavepointStart {
  readonly #run: RunOptions
  readonly #origin: SavepointOrigin
  readonly #savepoint: Savepoint

  constructor(run: RunOptions, origin: SavepointOrigin, savepoint: Savepoint) {
    this.#run = run
    this.#origin = origin
    this.#savepoint = savepoint
  }

  /** The epoch that made the savepoint: in the targets it may stand above all epochs of a new state folder. */
  get madeBy(): number {
    return this.#savepoint.manifest.madeBy
  }

  get #newLineage(): boolean {
    return this.#origin.newLineage
  }

  /** The same command started again goes on from what it has done since, instead of going back once more. */
  hasBegun(slots: readonly CheckpointSlot[]): boolean {
    const begun = hasBegun(slots, this.#savepoint.manifest)
    if (begun) {
      this.#run.ports.logger.info(
        `this state began from the savepoint ${this.#origin.place} and goes on from its own checkpoint; to begin once more, name an empty state folder`,
      )
    }
    return begun
  }

  /**
   * The epoch to claim the sinks with: above every epoch that has claimed them, if the user said so. Without that word
   * whatever does not fit is refused here.
   */
  async epochAbove(
    epoch: number,
    sinks: readonly SinkCommitter[],
    lastCommit: CheckpointRef | undefined,
  ): Promise<number> {
    const { jobId, lease, takeOver } = this.#run
    if (!this.#newLineage) {
      await this.#assertFits(sinks, lastCommit)
      return epoch
    }
    let highest = epoch
    for (let attempt = 1; ; attempt++) {
      try {
        await new SinkCommitters(jobId, highest, sinks).claimAll()
        return highest
      } catch (error) {
        const above = fencingEpoch(error)
        if (above === undefined || attempt === maxClaimAttempts) throw error
        highest = await lease.acquire({ takeOver, above })
      }
    }
  }

  /**
   * Refuses what does not fit before anybody is fenced: the epoch of the savepoint claims nothing that was not its own.
   * @throws TerminalError `STREAMCORE_RESTORE`
   */
  async #assertFits(sinks: readonly SinkCommitter[], lastCommit: CheckpointRef | undefined): Promise<void> {
    const { manifest } = this.#savepoint
    let markers: ReadonlyMap<string, CommitMarker | undefined>
    try {
      markers = await new SinkCommitters(this.#run.jobId, manifest.madeBy, sinks).claimAll()
    } catch (error) {
      if (fencingEpoch(error) === undefined) throw error
      throw new TerminalError(
        'STREAMCORE_RESTORE',
        `Expected the targets of job '${this.#run.jobId}' to be as the maker of the savepoint ${this.#origin.place} (epoch ${manifest.madeBy}) left them, but epoch ${fencingEpoch(error)} of the job has claimed one since, which may be running. Stop it; then restore the targets to the moment of the savepoint, or start a new lineage (newLineage: true, --new-lineage): what was written since the savepoint, if anything was, is written again`,
        { cause: error, details: { path: this.#origin.place } },
      )
    }
    sinksToCarry(manifest, { jobId: this.#run.jobId, markers, lastCommit }, this.#origin)
  }

  /** Ids of the new lineage come above this one: nothing it writes can be taken for written already. */
  idFloor(markers: ReadonlyMap<string, CommitMarker | undefined>): number {
    const ids = [...markers.values()].map((marker) => marker?.checkpointId ?? 0)
    return Math.max(this.#savepoint.manifest.id, ...ids)
  }

  /**
   * Copies the savepoint into the job's storage as its newest checkpoint and gives the facts with it. Until the copy is
   * published nothing has changed; afterwards every start goes on with it, whatever happens to this one.
   */
  async begin(facts: RecoveryFacts, storage: CheckpointStorage, ref: CheckpointRef): Promise<RecoveryFacts> {
    const { manifest, storage: from } = this.#savepoint
    const carried = sinksToCarry(manifest, facts, this.#origin)
    const markers = [...facts.markers]
    const over = new Map(
      markers.map(([uid, marker]) => [uid, marker && { id: marker.checkpointId, madeBy: marker.madeBy }]),
    )
    const { jobId, id, madeBy, createdMs } = manifest
    const copy = await copyCheckpoint({
      from,
      source: manifest,
      to: storage,
      target: {
        ...manifest,
        ...ref,
        jobId: this.#run.jobId,
        parent: undefined,
        extra: lineageExtra({ savepoint: { jobId, id, madeBy, createdMs }, over }),
      },
      wants: (part) => part.kind !== 'pending' || carried.includes(part.uid),
    })
    if (copy === undefined) {
      throw new RetryableError(
        'STREAMCORE_LEASE_HELD',
        `Expected slot ${ref.id} to be free for the savepoint, but another process of job '${this.#run.jobId}' has taken it`,
      )
    }
    this.#run.ports.logger.info(
      `new lineage: checkpoint ${ref.id} is the savepoint ${this.#origin.place} (checkpoint ${id} of job '${jobId}')`,
    )
    return { ...facts, slots: await storage.slots() }
  }

  /** Gives the savepoint's storage back; the job no longer needs it. */
  async close(): Promise<void> {
    await this.#savepoint.storage.close()
  }
}

/** The epoch that owns a target, when that is why a claim failed. */
function fencingEpoch(error: unknown): number | undefined {
  return error instanceof StreamcoreError && error.code === 'STREAMCORE_FENCED'
    ? error.details.epoch
    : undefined
}
