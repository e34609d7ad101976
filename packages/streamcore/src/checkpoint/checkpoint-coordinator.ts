/** Drives checkpoints: barrier → snapshots → manifest durable → commit in the sinks → next. One at a time. */
import { assert } from '../contracts/assert.js'
import type {
  CheckpointManifest,
  CheckpointPart,
  CheckpointRef,
  CheckpointStorage,
  OperatorManifest,
} from '../contracts/checkpoint-storage.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { KeyGroupRange } from '../contracts/key-groups.js'
import type { Lease } from '../contracts/ports/lease.js'
import type { Ports } from '../contracts/ports/ports.js'
import type { JsonValue } from '../contracts/source.js'
import { PendingCheckpoint } from './pending-checkpoint.js'
import type { SinkCommitters } from './sink-committers.js'
import { noPauses, type SnapshotPauses } from './snapshot-pauses.js'
import type { SnapshotPiece } from './snapshot-piece.js'

/** How often and how long. */
export interface CheckpointConfig {
  readonly intervalMs: number
  /** A checkpoint whose snapshots are not complete by then has failed; the job goes on. */
  readonly timeoutMs: number
  /** Complete checkpoints kept. */
  readonly retained: number
  /** Failed checkpoints in a row after which the job fails. */
  readonly tolerableFailures: number
  /** Most checkpoints hold only what has changed in keyed state since the one before. Default: where checkpoints are durable. */
  readonly incremental: boolean
  /** Incremental checkpoints after which one holds everything again. */
  readonly deltasMax: number
  /** One holds everything again, too, when the incremental ones exceed this share of the last that did. */
  readonly deltaShareMax: number
}

/** Which snapshot a piece belongs to. */
export interface PieceOwner {
  readonly uid: string
  readonly subtaskIndex: number
  readonly keyGroups: KeyGroupRange
}

/** How the coordinator reaches the tasks, which know checkpoints by the number of their barrier. */
export interface CheckpointTasks {
  /** Number of acknowledgements a checkpoint needs. */
  readonly count: number
  /** Puts barriers into the sources. */
  trigger(barrierId: number): void
  abort(barrierId: number): void
  committed(barrierId: number): void
}

/** Options of {@link CheckpointCoordinator}. */
export interface CheckpointCoordinatorOptions {
  readonly jobId: string
  readonly epoch: number
  readonly graphHash: string
  readonly operators: readonly OperatorManifest[]
  readonly config: CheckpointConfig
  readonly storage: CheckpointStorage
  readonly committers: SinkCommitters
  readonly lease: Pick<Lease, 'assertCurrent'>
  readonly tasks: CheckpointTasks
  readonly ports: Ports
  /** The checkpoint this incarnation continues. */
  readonly parent: CheckpointRef | undefined
  /** The first checkpoint id; above every slot. */
  readonly firstId: number
  /** Stands in every manifest: which lineage this is. */
  readonly extra?: JsonValue
  readonly onFailure: (error: unknown) => void
  readonly onPhase?: (phase: 'running' | 'preparing' | 'committing') => void
}

/** What a completed checkpoint was. */
export interface CompletedCheckpoint extends CheckpointRef {
  /** What it wrote; an incremental one relies on parts of earlier ones beside that. */
  readonly sizeBytes: number
  readonly isIncremental: boolean
  /** From the barriers to the last commit. */
  readonly durationMs: number
  /** From the barriers to the last part written: the tasks' share. */
  readonly snapshotMs: number
  /** How long the tasks stood still for it. */
  readonly pauses: SnapshotPauses
}

/** Coordinates the checkpoints of one incarnation. */
export class CheckpointCoordinator {
  readonly #options: CheckpointCoordinatorOptions
  #parent: CheckpointRef | undefined
  /** The keyed parts of this incarnation's last durable checkpoint, which deltas add to, by operator and subtask. */
  #chains: ReadonlyMap<string, readonly CheckpointPart[]> = new Map()
  /**
   * The slot of the next checkpoint: one above everything we know. A checkpoint that fails leaves it to the next one, so that
   * a newer incarnation, which seals the first free slot, always meets us there.
   */
  #nextId: number
  /** Numbers the barriers, so that one of a failed checkpoint is never taken for its successor's. */
  #nextBarrierId: number
  #pending: PendingCheckpoint | undefined
  #failuresInRow = 0
  #isStopped = false
  #isPeriodic = true
  /** The checkpoint under way; settles without failing. */
  #underWay: Promise<void> = Promise.resolve()
  #completedCount = 0
  /** Checkpoints that somebody is copying. */
  readonly #held = new Set<number>()

  constructor(options: CheckpointCoordinatorOptions) {
    this.#options = options
    this.#parent = options.parent
    this.#nextId = options.firstId
    this.#nextBarrierId = options.firstId
  }

  /** The id the next checkpoint will have. */
  get nextId(): number {
    return this.#nextId
  }

  /** How many checkpoints this incarnation has completed. */
  get completedCount(): number {
    return this.#completedCount
  }

  /** Keeps a checkpoint from being removed until the function it gives is called. */
  hold(checkpointId: number): () => void {
    this.#held.add(checkpointId)
    return () => void this.#held.delete(checkpointId)
  }

  /** A checkpoint as soon as the one under way is over; fails when it failed. */
  async checkpointNow(): Promise<CompletedCheckpoint> {
    return await this.#checkpointNext({ isFinal: false })
  }

  /** The last checkpoint of this incarnation; periodic ones end. `isFinal` says that the job has read all its input. */
  async lastCheckpoint(options: { readonly isFinal: boolean }): Promise<CompletedCheckpoint> {
    this.#isPeriodic = false
    try {
      return await this.#checkpointNext(options)
    } catch (error) {
      // A job that could not be stopped goes on, and needs its checkpoints.
      this.#isPeriodic = !options.isFinal
      throw error
    }
  }

  /** Resolves once no checkpoint is under way. */
  async settled(): Promise<void> {
    await this.#underWay
  }

  /**
   * Starts a checkpoint and resolves once it has been committed in every sink. Fails when it failed; the job then fails
   * too, unless the checkpoint was only declined.
   */
  async checkpoint(options: { readonly isFinal: boolean }): Promise<CompletedCheckpoint> {
    assert(this.#pending === undefined, 'no barrier starts before the last commit is acknowledged')
    if (this.#isStopped) throw stopped()
    const pending = new PendingCheckpoint({
      ref: { id: this.#nextId, madeBy: this.#options.epoch },
      barrierId: this.#nextBarrierId++,
      acknowledgements: this.#options.tasks.count,
    })
    this.#pending = pending
    const startedMs = this.#options.ports.clock.monotonicMs()
    this.#options.onPhase?.('preparing')
    this.#options.tasks.trigger(pending.barrierId)
    const work = this.#complete(pending, options.isFinal)
    this.#underWay = work.then(
      () => {},
      () => {},
    )
    try {
      await work
    } catch (error) {
      if (!this.#isStopped && !(error instanceof CheckpointDeclined)) this.#options.onFailure(error)
      throw error
    } finally {
      this.#pending = undefined
      this.#options.onPhase?.('running')
    }
    this.#failuresInRow = 0
    this.#completedCount++
    const completed = {
      ...pending.ref,
      sizeBytes: pending.sizeBytes,
      isIncremental: pending.isIncremental,
      durationMs: this.#options.ports.clock.monotonicMs() - startedMs,
      snapshotMs: pending.writtenMs - startedMs,
      pauses: pending.pauses,
    }
    this.#measure(completed)
    return completed
  }

  /** The periodic loop; ends when `stop` is called. Failures of the job go to `onFailure`. */
  async runPeriodically(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.ports
    while (!this.#isStopped && !signal.aborted) {
      try {
        await clock.sleep(this.#options.config.intervalMs, signal)
      } catch {
        return
      }
      await this.tryCheckpoint()
    }
  }

  /** A checkpoint that the job survives when it is declined; true when it completed. Nothing happens while another one is under way. */
  async tryCheckpoint(): Promise<boolean> {
    if (this.#pending !== undefined || !this.#isPeriodic || this.#isStopped) return false
    try {
      await this.checkpoint({ isFinal: false })
      return true
    } catch (error) {
      // Any other failure has failed the job.
      if (this.#isStopped || !(error instanceof CheckpointDeclined)) return false
      this.#failuresInRow++
      this.#options.ports.logger.warn(`checkpoint failed: ${error.message}`)
      if (this.#failuresInRow > this.#options.config.tolerableFailures) this.#options.onFailure(error)
      return false
    }
  }

  /** No further checkpoint starts; the one under way is given up. */
  stop(): void {
    this.#isStopped = true
    this.#pending?.fail(stopped())
  }

  /** A piece of an operator's snapshot; pieces of failed checkpoints are dropped. */
  piece(barrierId: number, owner: PieceOwner, piece: SnapshotPiece): void {
    const pending = this.#pending
    if (pending?.barrierId !== barrierId || pending.hasFailed) return
    if (piece.kind === 'keyed' && piece.isDelta) {
      const chain = this.#chains.get(chainKey(owner))
      assert(chain !== undefined, 'a delta continues a snapshot of the same incarnation')
      pending.continueFrom(chainKey(owner), chain)
      // Nothing has changed.
      if (piece.bytes.length === 0) return
    }
    const part: CheckpointPart = {
      name: pending.nextPartName(owner.uid, owner.subtaskIndex, piece.kind),
      sizeBytes: piece.bytes.length,
      sha256: this.#options.ports.digest.sha256(piece.bytes),
      uid: owner.uid,
      subtaskIndex: owner.subtaskIndex,
      kind: piece.kind,
      ...(piece.kind === 'keyed' || piece.kind === 'messages' ? { keyGroups: owner.keyGroups } : {}),
    }
    pending.addPart(part, this.#options.storage.writePart(pending.ref, part.name, piece.bytes))
  }

  committables(barrierId: number, uid: string, committables: readonly unknown[]): void {
    if (this.#pending?.barrierId === barrierId) this.#pending.addCommittables(uid, committables)
  }

  acknowledge(barrierId: number, pauses: SnapshotPauses = noPauses): void {
    if (this.#pending?.barrierId === barrierId) this.#pending.acknowledge(pauses)
  }

  /** Several may wait for the one under way: each looks again before it starts its own. */
  async #checkpointNext(options: { readonly isFinal: boolean }): Promise<CompletedCheckpoint> {
    while (this.#pending !== undefined) await this.#underWay
    return await this.checkpoint(options)
  }

  #measure(completed: CompletedCheckpoint): void {
    const { metrics } = this.#options.ports
    metrics.counter('checkpoints_completed_total').add(1)
    metrics.gauge('checkpoint_duration_ms').set(completed.durationMs)
    metrics.gauge('checkpoint_size_bytes').set(completed.sizeBytes)
    metrics.gauge('checkpoint_pause_ms_max').set(completed.pauses.maxMs)
  }

  async #complete(pending: PendingCheckpoint, isFinal: boolean): Promise<void> {
    const { config, ports, storage, committers, tasks } = this.#options
    const timeout = new AbortController()
    ports.clock.sleep(config.timeoutMs, timeout.signal).then(
      () => pending.fail(timedOut(pending.ref.id, config.timeoutMs)),
      () => {},
    )
    try {
      await pending.allParts()
      pending.writtenMs = ports.clock.monotonicMs()
    } catch (error) {
      tasks.abort(pending.barrierId)
      if (error instanceof CheckpointDeclined) await this.#removeParts(pending)
      throw error
    } finally {
      // Without a reason an abort makes an error with a stack of its own.
      timeout.abort('done in time')
    }
    // From here on the checkpoint may exist: no failure below may be answered by going on.
    const manifest = this.#manifest(pending, isFinal)
    if (!(await storage.publish(manifest))) await this.#slotTaken(pending)
    this.#chains = chainsOf(manifest)
    this.#nextId = pending.ref.id + 1
    this.#options.onPhase?.('committing')
    await committers.commit(pending.ref, pending.committables)
    await storage.recordCommit({ ...pending.ref, committedBy: this.#options.epoch })
    this.#parent = pending.ref
    tasks.committed(pending.barrierId)
    await this.#collectGarbage(pending.ref)
  }

  /** A newer incarnation has fenced us, or an older one woke up and sealed our slot: then the next slot serves. */
  async #slotTaken(pending: PendingCheckpoint): Promise<never> {
    const { id } = pending.ref
    await this.#options.lease.assertCurrent()
    this.#nextId = id + 1
    this.#options.tasks.abort(pending.barrierId)
    await this.#options.storage.remove(pending.ref)
    throw new CheckpointDeclined(
      id,
      `Expected slot ${id} to be free, got one that a stopped process has sealed; the next checkpoint takes the next slot`,
    )
  }

  #manifest(pending: PendingCheckpoint, isFinal: boolean): CheckpointManifest {
    return {
      kind: 'checkpoint',
      formatVersion: 1,
      jobId: this.#options.jobId,
      ...pending.ref,
      parent: this.#parent,
      createdMs: this.#options.ports.clock.wallMs(),
      graphHash: this.#options.graphHash,
      operators: this.#options.operators,
      parts: pending.parts,
      isFinal,
      extra: this.#options.extra ?? {},
    }
  }

  /** Removes what a checkpoint that timed out has written; after any other failure the storage is not touched again. */
  async #removeParts(pending: PendingCheckpoint): Promise<void> {
    await pending.writesSettled()
    await this.#options.storage.remove(pending.ref)
  }

  /** Older checkpoints go once this one is committed everywhere: nothing can ask for them any more. */
  async #collectGarbage(newest: CheckpointRef): Promise<void> {
    const slots = await this.#options.storage.slots()
    const complete = slots.filter((slot) => slot.kind === 'checkpoint' && slot.id <= newest.id)
    const kept = complete.slice(-this.#options.config.retained)
    const oldestKept = Math.min(kept[0]?.id ?? newest.id, ...this.#held)
    for (const slot of slots) {
      if (slot.id >= oldestKept || slot.kind === 'damaged') continue
      await this.#options.storage.remove({ id: slot.id, madeBy: slot.madeBy })
    }
  }
}

/** The one kind of failure that a job survives: nothing was published, and the next checkpoint may succeed. */
class CheckpointDeclined extends StreamcoreError {
  constructor(id: number, message: string) {
    super('STREAMCORE_CHECKPOINT_FAILED', message, { details: { checkpointId: id } })
  }
}

function chainsOf(manifest: CheckpointManifest): ReadonlyMap<string, readonly CheckpointPart[]> {
  const chains = new Map<string, CheckpointPart[]>()
  const origin = { id: manifest.id, madeBy: manifest.madeBy }
  // Also where there was nothing to write: the next delta continues just that.
  for (const part of manifest.parts) {
    const chain = chains.get(chainKey(part)) ?? []
    if (part.kind === 'keyed') chain.push({ ...part, origin: part.origin ?? origin })
    chains.set(chainKey(part), chain)
  }
  return chains
}

function chainKey(owner: Pick<PieceOwner, 'uid' | 'subtaskIndex'>): string {
  return `${owner.subtaskIndex} ${owner.uid}`
}

function timedOut(id: number, timeoutMs: number): CheckpointDeclined {
  return new CheckpointDeclined(
    id,
    `Expected the snapshots of checkpoint ${id} within ${timeoutMs} ms; a slow operator or sink holds back the barriers. Raise checkpoint.timeoutMs or look at its back-pressure`,
  )
}

function stopped(): StreamcoreError {
  return new StreamcoreError('STREAMCORE_CANCELLED', 'The job is stopping')
}
