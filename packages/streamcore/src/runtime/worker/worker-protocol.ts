/** What coordinator and workers say to each other, in order on each link; records travel between workers (thread-exchange). */
import type { CheckpointConfig, PieceOwner } from '../../checkpoint/checkpoint-coordinator.js'
import type { SnapshotPauses } from '../../checkpoint/snapshot-pauses.js'
import type { SnapshotPiece } from '../../checkpoint/snapshot-piece.js'
import type { CheckpointManifest, CheckpointPart } from '../../contracts/checkpoint-storage.js'
import type { LogFields } from '../../contracts/ports/logger.js'
import type { MetricSeries } from '../../contracts/ports/in-memory-metrics.js'
import type { SplitSnapshot } from '../../operators/source/split-state.js'
import type { StateQuery } from '../query-state.js'
import type { FailureMessage } from './failure-message.js'

/** Everything a worker is told before it builds its subtasks. */
export interface WorkerStart {
  readonly workerIndex: number
  readonly workerCount: number
  readonly jobId: string
  readonly parallelism: number
  /** The plan of the coordinator: a worker that built another one refuses. */
  readonly graphHash: string
  readonly epoch: number
  readonly checkpoint: CheckpointConfig
  readonly maxPendingBytes: number
  /** What to restore; undefined for a fresh start. */
  readonly manifest: CheckpointManifest | undefined
  /** Records to divert before their operator, with the reason. */
  readonly poison: readonly (readonly [id: string, reason: string])[]
}

/** The first message to a worker. */
export interface StartMessage {
  readonly kind: 'start'
  readonly start: WorkerStart
}

/** A part that a worker has asked for, or why there is none. */
export type PartMessage =
  | { readonly kind: 'part'; readonly request: number; readonly bytes: Uint8Array }
  | { readonly kind: 'no-part'; readonly request: number; readonly failure: FailureMessage }

/** The last message to a worker. */
export interface CloseMessage {
  readonly kind: 'close'
}

/** From the coordinator. */
export type ToWorker =
  | StartMessage
  | PartMessage
  | CloseMessage
  | {
      readonly kind: 'split'
      readonly uid: string
      readonly subtaskIndex: number
      readonly snapshot: SplitSnapshot
    }
  | { readonly kind: 'no-more-splits'; readonly uid: string; readonly subtaskIndex: number }
  | { readonly kind: 'run' | 'drain-sources' | 'halt-sources' }
  | { readonly kind: 'pause-sources'; readonly isPaused: boolean }
  | { readonly kind: 'trigger' | 'abort' | 'committed'; readonly barrierId: number }
  | {
      readonly kind: 'query'
      readonly request: number
      readonly query: StateQuery
      readonly subtaskIndex: number
    }

/** From a worker. */
export type FromWorker =
  | { readonly kind: 'ready' | 'ended' }
  /** The last message of a worker; what could not be closed. */
  | { readonly kind: 'closed'; readonly failure: FailureMessage | undefined }
  | { readonly kind: 'failed'; readonly failure: FailureMessage }
  | { readonly kind: 'read-part'; readonly request: number; readonly part: CheckpointPart }
  | {
      readonly kind: 'piece'
      readonly barrierId: number
      readonly owner: PieceOwner
      readonly piece: SnapshotPiece
    }
  | {
      readonly kind: 'committables'
      readonly barrierId: number
      readonly uid: string
      readonly committables: readonly unknown[]
    }
  | { readonly kind: 'acknowledge'; readonly barrierId: number; readonly pauses: SnapshotPauses }
  | { readonly kind: 'pending'; readonly pendingBytes: number }
  | { readonly kind: 'answer'; readonly request: number; readonly value: unknown }
  | { readonly kind: 'no-answer'; readonly request: number; readonly failure: FailureMessage }
  | { readonly kind: 'metrics'; readonly series: readonly MetricSeries[] }
  | {
      readonly kind: 'log'
      readonly level: 'info' | 'warn' | 'error' | 'debug'
      readonly message: string
      readonly fields: LogFields | undefined
    }
