/** Where checkpoints live: parts, manifests in exclusively created slots, and the commit log. */
import type { KeyGroupRange } from './key-groups.js'
import type { JsonValue } from './source.js'
import type { DeclaredStateDescription } from './state/operator-state.js'

/** Which checkpoint another one continues; `madeBy` is the epoch of the incarnation that made it. */
export interface CheckpointRef {
  readonly id: number
  readonly madeBy: number
}

/** One stored piece of a checkpoint. */
export interface CheckpointPart {
  /** Name within the checkpoint, unique, also among parts of other origin: letters, digits, `-`, `_`, `.` only. */
  readonly name: string
  readonly sizeBytes: number
  readonly sha256: string
  readonly uid: string
  readonly subtaskIndex: number
  /**
   * - `keyed`: blocks of state and timers
   * - `messages`: blocks of what an operator has sent to itself
   * - `operator`: what an operator keeps of its own: positions of a source, the watermark of a process function
   * - `operator-state`: blocks of the lists and broadcast maps that a function declares
   * - `pending`: a sink's committables
   */
  readonly kind: 'keyed' | 'messages' | 'operator' | 'operator-state' | 'pending'
  /** The key groups whose entries may stand in a part of the kinds `keyed` and `messages`. */
  readonly keyGroups?: KeyGroupRange
  /** The earlier checkpoint that wrote this part, under whose reference it is stored; undefined: this one. Keyed parts only. */
  readonly origin?: CheckpointRef
}

/** What a restore has to know of an operator before it reads parts. */
export interface OperatorManifest {
  readonly uid: string
  readonly name: string
  readonly parallelism: number
  readonly states: readonly DeclaredStateDescription[]
}

/** A complete checkpoint. It exists if and only if its slot holds this and every part matches its digest. */
export interface CheckpointManifest {
  readonly kind: 'checkpoint'
  readonly formatVersion: 1
  readonly jobId: string
  readonly id: number
  readonly madeBy: number
  /** The checkpoint before it in this lineage; undefined for the first. */
  readonly parent: CheckpointRef | undefined
  readonly createdMs: number
  readonly graphHash: string
  readonly operators: readonly OperatorManifest[]
  /** Those of one kind, uid and subtask stand in the order in which they are restored: a full snapshot, then its deltas. */
  readonly parts: readonly CheckpointPart[]
  /** The job has read all its input; nothing but the commit is left. */
  readonly isFinal: boolean
  /** Small job-wide facts (source enumerators). */
  readonly extra: JsonValue
}

/** A slot that an incarnation closed so that no older one can publish into it. */
export interface SealedSlot {
  readonly kind: 'sealed'
  readonly id: number
  readonly madeBy: number
}

/** What a slot may hold; `damaged` when it can not be read or does not match its digest. */
export type CheckpointSlot =
  | CheckpointManifest
  | SealedSlot
  | { readonly kind: 'damaged'; readonly id: number; readonly reason: string }

/** A line of the commit log: this checkpoint has been committed in every sink. */
export interface CommittedCheckpoint extends CheckpointRef {
  readonly committedBy: number
}

/**
 * Durable store of one job's checkpoints. Only the coordinator's thread uses it.
 * After any failure the caller gives up this incarnation and starts anew.
 */
export interface CheckpointStorage {
  /** Stores a part; it need not be durable before `publish`. `name` as in {@link CheckpointPart}. */
  writePart(checkpoint: CheckpointRef, name: string, bytes: Uint8Array): Promise<void>
  /** Makes all parts durable, then the manifest, and publishes it into its slot by exclusive create. False: the slot is taken, we are fenced. */
  publish(manifest: CheckpointManifest): Promise<boolean>
  /** Closes a slot with our epoch; false when it or a later one is taken, or a later epoch has any slot. */
  seal(slot: SealedSlot): Promise<boolean>
  /** All slots in ascending order. */
  slots(): Promise<readonly CheckpointSlot[]>
  /** Reads a part of a checkpoint, or of its origin, and verifies size and SHA-256; fails with `STREAMCORE_CHECKPOINT_CORRUPT`. */
  readPart(checkpoint: CheckpointRef, part: CheckpointPart): Promise<Uint8Array>
  /** Notes durably that a checkpoint was committed. */
  recordCommit(commit: CommittedCheckpoint): Promise<void>
  /** The last line of the commit log. */
  lastCommit(): Promise<CommittedCheckpoint | undefined>
  /**
   * Deletes a checkpoint: first its slot, then its parts and those of other origin, unless a slot that is left refers to
   * them. Also for parts of a checkpoint that was never published.
   */
  remove(checkpoint: CheckpointRef): Promise<void>
  /** Deletes parts that no slot refers to and that belong to no epoch at or above `epoch`. */
  removeOrphans(epoch: number): Promise<void>
  close(): Promise<void>
}
