/** The subtasks of one incarnation as its coordinator sees them, wherever they run: in this thread or in workers. */
import type { PieceOwner } from '../checkpoint/checkpoint-coordinator.js'
import type { RestoredState } from '../checkpoint/restored-state.js'
import type { SnapshotPauses } from '../checkpoint/snapshot-pauses.js'
import type { SnapshotPiece } from '../checkpoint/snapshot-piece.js'
import type { LoopEnd } from './local-executor.js'
import type { StateQuery } from './query-state.js'
import type { SplitReceiver } from './source-coordinator.js'

/** What the subtasks are made from. */
export interface BuildRequest {
  readonly epoch: number
  readonly restored: RestoredState | undefined
}

/** What subtasks tell the coordinator. Those of one subtask come in their order. */
export interface JobTasksListener {
  /** A piece of an operator's snapshot. */
  piece(barrierId: number, owner: PieceOwner, piece: SnapshotPiece): void
  /** A transactional or plain sink's output for this checkpoint. */
  committables(barrierId: number, uid: string, committables: readonly unknown[]): void
  /** All pieces of a subtask have been handed over. */
  acknowledge(barrierId: number, pauses: SnapshotPauses): void
  /** How much uncommitted output the sinks hold. */
  pendingOutput(pendingBytes: number): void
}

/** All subtasks of a job. */
export interface JobTasks {
  /** Makes them, with restored state; they run once `run` is called. */
  build(request: BuildRequest): Promise<void>
  /** Who takes the splits of a subtask of a source. */
  splitReceiver(uid: string, subtaskIndex: number): SplitReceiver
  /** Puts barriers into the sources. */
  triggerCheckpoint(barrierId: number): void
  abortCheckpoint(barrierId: number): void
  checkpointCommitted(barrierId: number): void
  /** The sources end where they are. */
  drainSources(): void
  /** The sources emit nothing more, so that no record follows the last barrier. */
  haltSources(): void
  /** The sources wait, or go on. */
  pauseSources(isPaused: boolean): void
  /** Runs until every task has ended, `stop` was called, or something failed, which it throws. */
  run(): Promise<LoopEnd>
  /** Goes on with a job whose input has ended, until `work` is done: its checkpoint still needs the tasks. */
  runUntil<T>(work: Promise<T>): Promise<T>
  /** Ends the run soon. */
  stop(): void
  /** Ends the run with a failure; the first one counts. */
  fail(error: unknown): void
  /** What this subtask of a keyed operator holds for a key. */
  queryState(query: StateQuery, subtaskIndex: number): Promise<unknown>
  /**
   * After a failure: lets the tasks behind it finish what they have, and gives the output of each sink; undefined where
   * that can not be had.
   */
  lastOutput(barrierId: number): Promise<ReadonlyMap<string, readonly unknown[]> | undefined>
  close(): Promise<void>
}
