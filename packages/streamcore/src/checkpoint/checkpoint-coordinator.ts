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
import { PendingCheckpoint } from './pending-checkpoint.js'
import type { SinkCommitters } from './sink-committers.js'

/** How often and how long. */
export interface CheckpointConfig {
  readonly intervalMs: number
  /** A checkpoint whose snapshots are not complete by then has failed; the job goes on. */
  readonly timeoutMs: number
  /** Complete checkpoints kept. */
  readonly retained: number
  /** Failed checkpoints in a row after which the job fails. */
  readonly tolerableFailures: number
}

/** Which snapshot a piece belongs to. */
export interface PieceOwner {
  readonly uid: string
  readonly subtaskIndex: number
  readonly keyGroups: KeyGroupRange
}

/** How the coordinator reaches the tasks. */
export interface CheckpointTasks {
  /** Number of acknowledgements a checkpoint needs. */
  readonly count: number
  /** Puts barriers into the sources. */
  trigger(checkpointId: number): void
  abort(checkpointId: number): void
  committed(checkpointId: number): void
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
  readonly onFailure: (error: unknown) => void
  readonly onPhase?: (phase: 'running' | 'preparing' | 'committing') => void
}

/** What a completed checkpoint was. */
export interface CompletedCheckpoint extends CheckpointRef {
  readonly sizeBytes: number
  readonly durationMs: number
}

/** Coordinates the checkpoints of one incarnation. */
export class CheckpointCoordinator {
  readonly #options: CheckpointCoordinatorOptions
  #parent: CheckpointRef | undefined
  #nextId: number
  #pending: PendingCheckpoint | undefined
  #failuresInRow = 0
  #isStopped = false
  #isPeriodic = true
  /** The checkpoint under way; settles without failing. */
  #underWay: Promise<void> = Promise.resolve()
  readonly completed: CompletedCheckpoint[] = []

  constructor(options: CheckpointCoordinatorOptions) {
    this.#options = options
    this.#parent = options.parent
    this.#nextId = options.firstId
  }

  /** The id the next checkpoint will have. */
  get nextId(): number {
    return this.#nextId
  }

  /** A checkpoint as soon as the one under way is over; fails when it failed. */
  async checkpointNow(): Promise<CompletedCheckpoint> {
    await this.#underWay
    return await this.checkpoint({ isFinal: false })
  }

  /** The last checkpoint of this incarnation; periodic ones end. `isFinal` says that the job has read all its input. */
  async lastCheckpoint(options: { readonly isFinal: boolean }): Promise<CompletedCheckpoint> {
    this.#isPeriodic = false
    await this.#underWay
    return await this.checkpoint(options)
  }

  /** Starts a checkpoint and resolves once it has been committed in every sink. Fails when it failed. */
  async checkpoint(options: { readonly isFinal: boolean }): Promise<CompletedCheckpoint> {
    assert(this.#pending === undefined, 'no barrier starts before the last commit is acknowledged')
    const pending = new PendingCheckpoint(
      { id: this.#nextId, madeBy: this.#options.epoch },
      this.#options.tasks.count,
    )
    this.#pending = pending
    this.#nextId++
    const startedMs = this.#options.ports.clock.monotonicMs()
    this.#options.onPhase?.('preparing')
    this.#options.tasks.trigger(pending.ref.id)
    const work = this.#complete(pending, options.isFinal)
    this.#underWay = work.then(
      () => {},
      () => {},
    )
    try {
      await work
    } finally {
      this.#pending = undefined
      this.#options.onPhase?.('running')
    }
    const completed = {
      ...pending.ref,
      sizeBytes: pending.sizeBytes,
      durationMs: this.#options.ports.clock.monotonicMs() - startedMs,
    }
    this.#failuresInRow = 0
    this.completed.push(completed)
    if (this.completed.length > 100) this.completed.shift()
    return completed
  }

  /** The periodic loop; ends when `stop` is called. Failures of the job go to `onFailure`. */
  async runPeriodically(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.ports
    while (this.#isPeriodic && !this.#isStopped && !signal.aborted) {
      try {
        await clock.sleep(this.#options.config.intervalMs, signal)
      } catch {
        return
      }
      if (!this.#isPeriodic || this.#isStopped || this.#pending !== undefined) continue
      await this.tryCheckpoint()
    }
  }

  /** A checkpoint whose time-out the job survives; true when it completed. Nothing happens while another one is under way. */
  async tryCheckpoint(): Promise<boolean> {
    if (this.#pending !== undefined || !this.#isPeriodic || this.#isStopped) return false
    try {
      await this.checkpoint({ isFinal: false })
      return true
    } catch (error) {
      if (this.#isStopped) return false
      if (!isSurvivable(error)) {
        this.#options.onFailure(error)
        return false
      }
      this.#failuresInRow++
      this.#options.ports.logger.warn(`checkpoint failed: ${error.message}`)
      if (this.#failuresInRow > this.#options.config.tolerableFailures) this.#options.onFailure(error)
      return false
    }
  }

  /** No further checkpoint starts; the one under way is given up. */
  stop(): void {
    this.#isStopped = true
    this.#pending?.fail(new StreamcoreError('STREAMCORE_CANCELLED', 'The job is stopping'))
  }

  /** A piece of an operator's snapshot; pieces of failed checkpoints are dropped. */
  piece(
    checkpointId: number,
    owner: PieceOwner,
    piece: { kind: CheckpointPart['kind']; bytes: Uint8Array },
  ): void {
    const pending = this.#pending
    if (pending?.ref.id !== checkpointId) return
    const part: CheckpointPart = {
      name: pending.nextPartName(owner.uid, owner.subtaskIndex, piece.kind),
      sizeBytes: piece.bytes.length,
      sha256: this.#options.ports.digest.sha256(piece.bytes),
      uid: owner.uid,
      subtaskIndex: owner.subtaskIndex,
      kind: piece.kind,
      ...(piece.kind === 'keyed' ? { keyGroups: owner.keyGroups } : {}),
    }
    pending.addPart(part, this.#options.storage.writePart(pending.ref, part.name, piece.bytes))
  }

  committables(checkpointId: number, uid: string, committables: readonly unknown[]): void {
    if (this.#pending?.ref.id === checkpointId) this.#pending.addCommittables(uid, committables)
  }

  acknowledge(checkpointId: number): void {
    if (this.#pending?.ref.id === checkpointId) this.#pending.acknowledge()
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
    } catch (error) {
      tasks.abort(pending.ref.id)
      await this.#removeFailed(pending.ref, error)
      throw error
    } finally {
      timeout.abort()
    }
    // From here on the checkpoint may exist: no failure below may be answered by going on.
    if (!(await storage.publish(this.#manifest(pending, isFinal)))) await this.#slotTaken(pending)
    this.#options.onPhase?.('committing')
    await committers.commit(pending.ref, pending.committables)
    await storage.recordCommit({ ...pending.ref, committedBy: this.#options.epoch })
    this.#parent = pending.ref
    tasks.committed(pending.ref.id)
    await this.#collectGarbage(pending.ref)
  }

  /** A newer incarnation has fenced us, or an older one woke up and sealed our slot: then the next slot serves. */
  async #slotTaken(pending: PendingCheckpoint): Promise<never> {
    const { id } = pending.ref
    await this.#options.lease.assertCurrent()
    this.#options.tasks.abort(id)
    await this.#options.storage.remove(pending.ref)
    throw new StreamcoreError(
      'STREAMCORE_CHECKPOINT_FAILED',
      `Expected slot ${id} to be free, got one that a stopped process has sealed; the next checkpoint takes the next slot`,
      { details: { checkpointId: id } },
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
      extra: {},
    }
  }

  /** Parts of a checkpoint that timed out; after any other error the storage is not touched again. */
  async #removeFailed(ref: CheckpointRef, error: unknown): Promise<void> {
    if (isSurvivable(error)) await this.#options.storage.remove(ref)
  }

  /** Older checkpoints go once this one is committed everywhere: nothing can ask for them any more. */
  async #collectGarbage(newest: CheckpointRef): Promise<void> {
    const slots = await this.#options.storage.slots()
    const complete = slots.filter((slot) => slot.kind === 'checkpoint' && slot.id <= newest.id)
    const kept = complete.slice(-this.#options.config.retained)
    const oldestKept = kept[0]?.id ?? newest.id
    for (const slot of slots) {
      if (slot.id >= oldestKept || slot.kind === 'damaged') continue
      await this.#options.storage.remove({ id: slot.id, madeBy: slot.madeBy })
    }
  }
}

function timedOut(id: number, timeoutMs: number): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CHECKPOINT_FAILED',
    `Expected the snapshots of checkpoint ${id} within ${timeoutMs} ms; a slow operator or sink holds back the barriers. Raise checkpoint.timeoutMs or look at its back-pressure`,
    { details: { checkpointId: id } },
  )
}

/** The job goes on after these: the checkpoint does not exist and nothing was committed. */
function isSurvivable(error: unknown): error is StreamcoreError {
  return error instanceof StreamcoreError && error.code === 'STREAMCORE_CHECKPOINT_FAILED'
}
