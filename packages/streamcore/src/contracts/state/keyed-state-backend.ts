/** What the runtime needs from a keyed state backend: heap and LevelDB implement it and pass the same contract suite. */
import type { Key } from '../key.js'
import type { KeyGroupRange } from '../key-groups.js'
import type { StateBinder, StateDescription } from './state-descriptors.js'
import type { TimeDomain } from './time-domain.js'

export type { TimeDomain } from './time-domain.js'

/** Keyed state and timers of one operator's subtask. One key is current at a time. */
export interface KeyedStateBackend extends StateBinder {
  /** The states bound so far, in order of binding. */
  readonly descriptions: readonly StateDescription[]
  /** Makes a key current; handles and timers then refer to it. */
  setCurrentKey(key: Key): void
  /** Whether access is much faster after {@link prefetch}; then elements are worth holding back until it is done. */
  readonly wantsPrefetch: boolean
  /**
   * Loads what these keys need, so that access stays synchronous; undefined when there is nothing to wait for. Also waits
   * while too much is still to be written. Keys that are not prefetched work as well, only slower.
   */
  prefetch(keys: readonly Key[]): Promise<void> | undefined
  readonly timers: TimerQueue
  /** When keys are to be looked at because of what expires there. */
  readonly cleanups: CleanupQueue
  /** Number of keys that hold state. */
  keyCount(): number
  /**
   * Starts a copy-on-write snapshot of everything as it is now, or of what has changed since the last durable one; fails
   * while another one is under way. No key is current afterwards. Its cost does not depend on the number of keys. What the
   * backend was not told the fate of counts as failed from now on. Full where nothing is said.
   */
  snapshot(checkpointId: number, kind?: KeyedSnapshotKind): KeyedSnapshot
  /** The checkpoint exists: from now on a delta need not repeat what its snapshot held. */
  snapshotDurable(checkpointId: number): void
  /** The checkpoint will never exist: the next delta holds what its snapshot held, too. It was written or given up before. */
  snapshotFailed(checkpointId: number): void
  /**
   * Adds what a block holds for this subtask's key groups, of any section but `messages`. Called after all states are bound
   * and before the first element: first all blocks of a full snapshot, then those of the deltas after it, all in the order
   * in which they were written. A row of a delta replaces all that its key held. Columns of states that are not bound are
   * dropped; older versions are migrated; another kind, or a version no migration leads from, is refused with
   * `STREAMCORE_STATE_MISMATCH`. What it gives is to be awaited before the next block, so that memory stays bounded;
   * undefined when there is nothing to wait for.
   */
  restoreBlock(block: Uint8Array): Promise<void> | undefined
  /** Frees memory and closes files; no call may follow. */
  close(): Promise<void>
}

/**
 * What a snapshot holds.
 * - `full`: everything
 * - `delta`: keys and timers that were changed or removed since the last durable snapshot; there must be one
 */
export type KeyedSnapshotKind = 'full' | 'delta'

/** A snapshot being written. The runtime calls `writeSlice` between elements until it says that it is done. */
export interface KeyedSnapshot {
  /** A backend that was asked for a delta may answer with everything. */
  readonly kind: KeyedSnapshotKind
  /** Serialises about `maxEntries` more entries; true when all are written. */
  writeSlice(maxEntries: number): boolean
  /** What the next slice waits for, such as a page being read: until then `writeSlice` does nothing. Undefined when it can go on. */
  waitsFor(): Promise<void> | undefined
  /** The blocks finished since the last call. */
  takeBlocks(): readonly Uint8Array[]
  /** Gives the snapshot up: the checkpoint failed or was overtaken. */
  abort(): void
}

/** Timers of all keys of one operator's subtask, in buckets per time. */
export interface TimerQueue {
  /** Registers a timer of the current key; a second one for the same time has no effect. */
  register(domain: TimeDomain, timestampMs: number): void
  delete(domain: TimeDomain, timestampMs: number): void
  /** Time of the next timer; Infinity when there is none. */
  nextMs(domain: TimeDomain): number
  /**
   * Loads the next of the timers that are due at `untilMs`. To be asked, and awaited, before each `takeDue`; undefined when
   * there is nothing to wait for.
   */
  load(domain: TimeDomain, untilMs: number): Promise<void> | undefined
  /** Takes the next timer with time ≤ `untilMs` in order of time and registration, and makes its key current; undefined when none is due. */
  takeDue(domain: TimeDomain, untilMs: number): DueTimer | undefined
  count(domain: TimeDomain): number
}

/**
 * One moment per key and domain at which whatever has expired of its states is to be removed. It goes with the last state of
 * the key. It is no part of snapshots: a restore makes it anew from what it restores.
 */
export interface CleanupQueue {
  /** Sets the moment of the current key; no effect when it has an earlier one. */
  schedule(domain: TimeDomain, timestampMs: number): void
  /** The next moment; Infinity when there is none. */
  nextMs(domain: TimeDomain): number
  /** Loads what is due next; to be asked, and awaited, before each `takeDue`. Undefined when there is nothing to wait for. */
  load(domain: TimeDomain, untilMs: number): Promise<void> | undefined
  /** Takes the next moment ≤ `untilMs` and makes its key current; undefined when none is due. */
  takeDue(domain: TimeDomain, untilMs: number): DueTimer | undefined
}

/** A timer that fires. */
export interface DueTimer {
  readonly key: Key
  readonly timestampMs: number
}

/** What a backend is made with. */
export interface KeyedStateOptions {
  readonly uid: string
  readonly keyGroups: KeyGroupRange
  /** Deltas will be asked for; otherwise the backend need not remember what has changed. */
  readonly isIncremental?: boolean
  /** Which subtask and incarnation of which job works with it: names its working files. */
  readonly owner?: KeyedStateOwner
}

/** The subtask of one incarnation of a job. */
export interface KeyedStateOwner {
  readonly jobId: string
  readonly epoch: number
  readonly subtaskIndex: number
}

/** Makes one backend per keyed operator and subtask. */
export interface KeyedStateBackendFactory {
  readonly kind: string
  /** Plain data that another thread makes the same backend from; threads cannot use a backend without. */
  readonly settings?: unknown
  create(options: KeyedStateOptions): Promise<KeyedStateBackend> | KeyedStateBackend
}
