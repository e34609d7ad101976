/** What a sink must offer. Transactional sinks prepare committables per checkpoint; one committer per sink commits them with a marker. */
import type { Connections } from './connection.js'
import type { Ports } from './ports/ports.js'
import type { JsonValue } from './source.js'

/** Written in the same transaction as the data: it tells which checkpoint the target holds. */
export interface CommitMarker {
  readonly jobId: string
  readonly sinkUid: string
  /** Epoch of the incarnation that claims or commits. */
  readonly epoch: number
  readonly checkpointId: number
  /** Epoch of the incarnation that made the checkpoint. */
  readonly madeBy: number
}

/** What a sink is opened with. */
export interface SinkContext {
  readonly jobId: string
  readonly uid: string
  readonly connections: Connections
  readonly ports: Ports
}

/** A writer's context. */
export interface SinkWriterContext extends SinkContext {
  readonly subtaskIndex: number
  readonly epoch: number
}

/** Takes the records of one subtask. */
export interface SinkWriter<in T, C> {
  /** Called per record, synchronously; must not block. */
  write(value: T, timestampMs: number): void
  /** Hands over everything written since the last call, as values that msgpack can encode. Called at each barrier. */
  prepareCommit(checkpointId: number): Promise<readonly C[]> | readonly C[]
  /** Bytes (estimated) written but not yet handed over. */
  pendingBytes(): number
  close(): Promise<void>
}

/** Commits the committables of all subtasks; lives beside the checkpoint coordinator. */
export interface Committer<C> {
  /** Fences every lower epoch and gives the last marker; undefined when nothing was ever committed. */
  claim(epoch: number): Promise<CommitMarker | undefined>
  /** Commits all of a checkpoint's committables and the marker atomically. A failure leaves the outcome unknown. */
  commit(marker: CommitMarker, committables: readonly C[]): Promise<void>
  close(): Promise<void>
}

/** A sink without transactions: each record is written once it arrives and may be written again after a restart. */
export interface AtLeastOnceSink<in T> {
  readonly kind: string
  readonly delivery: 'at-least-once'
  readonly config: JsonValue
  createWriter(context: SinkWriterContext): Promise<SinkWriter<T, never>>
}

/** A sink whose output becomes visible exactly once, when its checkpoint commits. */
export interface TwoPhaseCommitSink<in T, C> {
  readonly kind: string
  readonly delivery: 'exactly-once'
  readonly config: JsonValue
  createWriter(context: SinkWriterContext): Promise<SinkWriter<T, C>>
  createCommitter(context: SinkContext): Promise<Committer<C>>
}

/** Any sink. What a transactional sink commits concerns only itself, so that type is hidden here. */
export type Sink<T> = AtLeastOnceSink<T> | TwoPhaseCommitSink<T, unknown>
