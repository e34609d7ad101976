/** The life of an operator: opened with restored state, fed through its inputs, snapshotted between elements, closed. */
import type { SnapshotPiece } from '../checkpoint/snapshot-piece.js'
import type { DeclaredStateDescription } from '../contracts/state/operator-state.js'
import type { Input } from './input.js'

export type { SnapshotPiece } from '../checkpoint/snapshot-piece.js'

/**
 * One operator's share of a checkpoint. It shows the state at the barrier although elements are processed meanwhile.
 */
export interface OperatorSnapshot {
  /** Serialises about `maxEntries` more entries; true once nothing is left. */
  writeSlice(maxEntries: number): boolean
  /** What the next slice waits for; undefined when it can go on. */
  waitsFor?(): Promise<void> | undefined
  /** Pieces finished since the last call; a promise where a sink still flushes. */
  takePieces(): Promise<readonly SnapshotPiece[]> | readonly SnapshotPiece[]
  /** What the sink's committer gets when the checkpoint completes. */
  readonly committables?: Promise<readonly unknown[]>
  abort(): void
}

/** The piece `operator` of the share of an operator with state. */
export interface OperatorTime {
  /** The last watermark that was passed on; -Infinity when there was none. */
  readonly watermarkMs: number
}

/** One operator of one subtask. */
export interface StreamOperator {
  /** Name for messages and metrics. */
  readonly name: string
  /** uid of operators with state or commits. */
  readonly uid: string | undefined
  readonly inputs: readonly Input[]
  readonly states: readonly DeclaredStateDescription[]
  /** All inputs have ended and everything that followed from them was emitted. */
  readonly isEnded: boolean
  /** Starts a snapshot of the state as it is now; undefined for operators without state. */
  snapshot(checkpointId: number): OperatorSnapshot | undefined
  /** Does up to `max` pieces of work that no input asked for (self-messages, processing-time timers, ending); gives how many it did. */
  runOwnWork(max: number): number
  /** Elements that were taken, but wait for what they need to be loaded. A barrier waits for them. */
  readonly hasWaitingInput?: boolean
  /** Processes up to `max` of the waiting elements that have all they need; gives how many it did. */
  drainInput?(max: number): number
  /** Whether the task must not take new elements before own work is done. */
  readonly isOverloaded: boolean
  /** Wall-clock time at which own work is due; Infinity when there is none, -Infinity when now. */
  nextWorkMs(): number
  /** The checkpoint is durable and was committed in every sink. */
  checkpointCommitted(checkpointId: number): void
  /** The checkpoint has failed: it does not exist and never will. */
  checkpointFailed?(checkpointId: number): void
  close(): Promise<void>
}
