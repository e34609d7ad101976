/** One split being read: its reader, the batch in hand, the one fetched ahead, and the position for the checkpoint. */
import type { JsonValue, SourceBatch, SourceSplit, SplitReader } from '../../contracts/source.js'
import type { SplitProgress } from './split-watermarks.js'

/** A split as the checkpoint stores it. */
export interface SplitSnapshot {
  readonly split: SourceSplit
  /** Undefined when nothing was read yet. */
  readonly position?: JsonValue
  readonly hasEnded: boolean
  readonly maxTimestampMs?: number
}

/** A split being read by a subtask. */
export interface SplitState {
  readonly split: SourceSplit
  readonly progress: SplitProgress
  reader: SplitReader<unknown> | undefined
  /** Where the batch in hand starts. */
  position: JsonValue | undefined
  batch: SourceBatch<unknown> | undefined
  /** Index in the batch of the next record to emit. */
  next: number
  /** How many rejected inputs of the batch have been emitted. */
  nextRejected: number
  ahead: SourceBatch<unknown> | undefined
  isFetching: boolean
  /** Monotonic time before which an empty split is not asked again. */
  askAgainMs: number
  hasEnded: boolean
}

/** A split's share of a snapshot: everything emitted so far is before the position. */
export function splitSnapshot(state: SplitState): SplitSnapshot {
  const position =
    state.batch === undefined || state.next === 0 ? state.position : state.batch.positionAfter(state.next - 1)
  return {
    split: state.split,
    ...(position === undefined ? {} : { position }),
    hasEnded: state.hasEnded,
    ...(Number.isFinite(state.progress.maxTimestampMs)
      ? { maxTimestampMs: state.progress.maxTimestampMs }
      : {}),
  }
}
