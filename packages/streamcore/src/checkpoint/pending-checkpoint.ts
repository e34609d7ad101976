/** A checkpoint between its barrier and its manifest: parts being written, acknowledgements, committables. */
import { assert } from '../contracts/assert.js'
import type { CheckpointPart, CheckpointRef } from '../contracts/checkpoint-storage.js'
import { addPauses, noPauses, type SnapshotPauses } from './snapshot-pauses.js'

/** What a checkpoint begins with. */
export interface PendingCheckpointOptions {
  /** Its slot, if it completes. */
  readonly ref: CheckpointRef
  /** The number of its barrier; another one for every attempt at a slot. */
  readonly barrierId: number
  /** How many tasks have to acknowledge. */
  readonly acknowledgements: number
}

/** Collects what the tasks hand over. */
export class PendingCheckpoint {
  readonly ref: CheckpointRef
  readonly barrierId: number
  /** When the last part was written. */
  writtenMs = 0
  readonly #parts: CheckpointPart[] = []
  /** Operators and subtasks whose earlier parts stand in `#parts`. */
  readonly #continued = new Set<string>()
  readonly #committables = new Map<string, unknown[]>()
  readonly #done: Promise<void>
  #resolve: () => void = () => {}
  #reject: (error: unknown) => void = () => {}
  readonly #writes: Promise<void>[] = []
  #openWrites = 0
  #hasFailed = false
  #missingAcknowledgements: number
  #partCount = 0
  #pauses = noPauses

  constructor({ ref, barrierId, acknowledgements }: PendingCheckpointOptions) {
    this.ref = ref
    this.barrierId = barrierId
    this.#missingAcknowledgements = acknowledgements
    this.#done = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // It may fail before anybody waits for it.
    this.#done.catch(() => {})
  }

  /** In the order in which they are restored. */
  get parts(): readonly CheckpointPart[] {
    return this.#parts
  }

  get pauses(): SnapshotPauses {
    return this.#pauses
  }

  /** Whether it relies on earlier checkpoints. */
  get isIncremental(): boolean {
    return this.#continued.size > 0
  }

  get committables(): ReadonlyMap<string, readonly unknown[]> {
    return this.#committables
  }

  /** What this checkpoint itself has written. */
  get sizeBytes(): number {
    return this.#parts.reduce((sum, part) => sum + (part.origin === undefined ? part.sizeBytes : 0), 0)
  }

  /** The barrier is part of the name, so that a late write of a failed attempt meets no part of its successor. */
  nextPartName(uid: string, subtaskIndex: number, kind: CheckpointPart['kind']): string {
    return `${uid}-${subtaskIndex}-${kind}-${this.barrierId}-${this.#partCount++}`
  }

  /** The parts of earlier checkpoints, before the first own part of the same operator and subtask; given again they change nothing. */
  continueFrom(owner: string, parts: readonly CheckpointPart[]): void {
    if (this.#continued.has(owner)) return
    this.#continued.add(owner)
    this.#parts.push(...parts)
  }

  addPart(part: CheckpointPart, write: Promise<void>): void {
    // Now, not when it is written: parts are restored in the order in which they were handed over.
    this.#parts.push(part)
    this.#openWrites++
    this.#writes.push(write)
    write.then(
      () => {
        this.#openWrites--
        this.#finish()
      },
      (error: unknown) => this.fail(error),
    )
  }

  addCommittables(uid: string, committables: readonly unknown[]): void {
    const all = this.#committables.get(uid) ?? []
    for (const committable of committables) all.push(committable)
    this.#committables.set(uid, all)
  }

  acknowledge(pauses: SnapshotPauses): void {
    this.#pauses = addPauses(this.#pauses, pauses)
    this.#missingAcknowledgements--
    assert(this.#missingAcknowledgements >= 0, 'every task acknowledges once')
    this.#finish()
  }

  fail(error: unknown): void {
    this.#hasFailed = true
    this.#reject(error)
  }

  /** Nothing is added to a checkpoint that has failed. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Resolves when no part is being written any more; fails when one could not be. */
  async writesSettled(): Promise<void> {
    await Promise.all(this.#writes)
  }

  /** Resolves when every task has acknowledged and every part is written. */
  async allParts(): Promise<void> {
    await this.#done
  }

  #finish(): void {
    if (this.#missingAcknowledgements === 0 && this.#openWrites === 0) this.#resolve()
  }
}
