/** What a source must offer: an enumerator that deals splits and readers that fetch batches. */
import type { Connections } from './connection.js'
import type { Ports } from './ports/ports.js'

/** A JSON value: what positions and splits are made of, so that they can stand in a checkpoint. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

/** A part of a source that is read in order by one reader. */
export interface SourceSplit {
  /** Stable across runs; the checkpoint stores the position under it. */
  readonly id: string
  readonly info: JsonValue
}

/** A record the source could not read; it takes the place of a record in its batch. */
export interface RejectedInput {
  /** Stands before the batch's record with this index. */
  readonly beforeIndex: number
  readonly place: string
  readonly reason: string
  /** The raw text, cut to a bounded length. */
  readonly raw: string
}

/** Records of one split, in order. */
export interface SourceBatch<T> {
  readonly records: readonly T[]
  /** Event time of each record where the source knows it; otherwise the watermark strategy extracts it. */
  readonly timestampsMs?: ArrayLike<number>
  readonly rejected?: readonly RejectedInput[]
  /** Where reading goes on once the record `index` has been emitted. */
  positionAfter(index: number): JsonValue
  /** Where reading goes on after the whole batch. */
  readonly endPosition: JsonValue
  /** Where the record stands, in words: `accounts.csv:17`. */
  placeOf(index: number): string
  /** The split has no more records, ever. */
  readonly isEnd: boolean
}

/** Reads one split. */
export interface SplitReader<T> {
  /**
   * Up to `maxRecords` records. An empty batch that is not the end means that nothing is there yet: the reader has waited
   * a bounded time by itself, or the caller waits. Only one fetch is under way at a time.
   */
  fetch(maxRecords: number): Promise<SourceBatch<T>>
  close(): Promise<void>
}

/** Finds splits. */
export interface SplitEnumerator {
  /** All splits that exist now. Called at the start and, for unbounded sources, every `discoveryIntervalMs`. */
  discover(): Promise<readonly SourceSplit[]>
  close(): Promise<void>
}

/** What a source is opened with. */
export interface SourceContext {
  readonly jobId: string
  readonly uid: string
  readonly connections: Connections
  readonly ports: Ports
}

/** Plain configuration plus the two factories. `T` is the record type. */
export interface Source<T> {
  readonly kind: string
  /** Plain data for `explain` and the graph hash; no secrets. */
  readonly config: JsonValue
  readonly boundedness: 'bounded' | 'unbounded'
  readonly discoveryIntervalMs?: number
  createEnumerator(context: SourceContext): Promise<SplitEnumerator>
  /** Opens a split at `position`, or at its beginning. */
  createReader(
    split: SourceSplit,
    position: JsonValue | undefined,
    context: SourceContext,
  ): Promise<SplitReader<T>>
}
