/** Decides what a starting incarnation restores and which sinks it has to commit first ("marker first"). */
import { assert } from '../contracts/assert.js'
import type {
  CheckpointManifest,
  CheckpointRef,
  CheckpointSlot,
  CommittedCheckpoint,
} from '../contracts/checkpoint-storage.js'
import { TerminalError } from '../contracts/errors.js'
import type { CommitMarker } from '../contracts/sink.js'

/** What is known at the start. All sinks have been fenced and the next slot sealed before it was read. */
export interface RecoveryFacts {
  readonly jobId: string
  /** The last marker of every transactional sink by uid. */
  readonly markers: ReadonlyMap<string, CommitMarker | undefined>
  readonly slots: readonly CheckpointSlot[]
  readonly lastCommit: CommittedCheckpoint | undefined
}

/** What to do. */
export type RecoveryPlan =
  | { readonly kind: 'fresh' }
  | {
      readonly kind: 'restore'
      readonly manifest: CheckpointManifest
      /** Sinks whose target does not hold this checkpoint's output yet. */
      readonly commitIn: readonly string[]
    }

/**
 * The rules: markers differ by at most one checkpoint. If they differ, the higher one is restored and committed in the sinks
 * behind. If they are equal, the durable child of exactly that marker is restored and committed, else the marked one.
 * No marker at all is a fresh start only if the commit log is empty too.
 * @throws TerminalError `STREAMCORE_RESTORE` or `STREAMCORE_CHECKPOINT_MISSING` when going on could lose or double output
 */
export function planRecovery(facts: RecoveryFacts): RecoveryPlan {
  if (facts.markers.size === 0) return newest(facts)
  const refs = [...facts.markers].map(([uid, marker]) => ({ uid, ref: marker && refOf(marker) }))
  const highest = refs.reduce<CheckpointRef | undefined>(
    (best, { ref }) => (ref !== undefined && (best === undefined || ref.id > best.id) ? ref : best),
    undefined,
  )
  const behind = refs.filter(({ ref }) => !isSame(ref, highest))
  if (behind.length > 0) return catchUp(facts, highest, behind)
  const child = childOf(facts, highest)
  if (child !== undefined) return { kind: 'restore', manifest: child, commitIn: refs.map(({ uid }) => uid) }
  if (highest === undefined) return fresh(facts)
  return { kind: 'restore', manifest: required(facts, highest), commitIn: [] }
}

/** Without transactional sinks nothing outside depends on the choice: the newest checkpoint is restored. */
function newest(facts: RecoveryFacts): RecoveryPlan {
  const manifests = facts.slots.filter((slot) => slot.kind === 'checkpoint')
  const manifest = manifests.at(-1)
  if (manifest === undefined) return fresh(facts)
  return { kind: 'restore', manifest, commitIn: [] }
}

function fresh(facts: RecoveryFacts): RecoveryPlan {
  const damaged = facts.slots.find((slot) => slot.kind === 'damaged')
  if (facts.lastCommit === undefined && damaged === undefined) return { kind: 'fresh' }
  const why =
    facts.lastCommit === undefined
      ? `checkpoint ${damaged?.id} is damaged`
      : `checkpoint ${facts.lastCommit.id} was committed before`
  throw new TerminalError(
    'STREAMCORE_RESTORE',
    `Expected job '${facts.jobId}' to find the state it left, got none although ${why}; starting anew would write all output again. Restore the target and the state folder together, or name a new state folder and an empty target`,
  )
}

/** Some sinks hold the highest checkpoint, the others the one before it. */
function catchUp(
  facts: RecoveryFacts,
  highest: CheckpointRef | undefined,
  behind: readonly { readonly uid: string; readonly ref: CheckpointRef | undefined }[],
): RecoveryPlan {
  assert(highest !== undefined, 'sinks differ only when one has a marker')
  const manifest = required(facts, highest)
  for (const { uid, ref } of behind) {
    // A sink without a marker is new in the job, or it is behind the first checkpoint: both are committed from the manifest.
    if (ref === undefined || isSame(ref, manifest.parent)) continue
    throw new TerminalError(
      'STREAMCORE_RESTORE',
      `Expected sink '${uid}' of job '${facts.jobId}' to hold checkpoint ${highest.id} or the one before it, got ${ref.id} (made by epoch ${ref.madeBy}); its target was changed by something else. Restore the targets of all sinks to one moment`,
      { details: { uid, checkpointId: ref.id } },
    )
  }
  return { kind: 'restore', manifest, commitIn: behind.map(({ uid }) => uid) }
}

function childOf(facts: RecoveryFacts, parent: CheckpointRef | undefined): CheckpointManifest | undefined {
  const children = facts.slots
    .filter((slot) => slot.kind === 'checkpoint')
    .filter((slot) => isSame(slot.parent, parent))
  assert(children.length <= 1, 'a checkpoint has at most one durable child')
  return children[0]
}

function required(facts: RecoveryFacts, ref: CheckpointRef): CheckpointManifest {
  const slot = facts.slots.find((candidate) => candidate.id === ref.id)
  if (slot?.kind === 'checkpoint' && slot.madeBy === ref.madeBy) return slot
  const came =
    slot === undefined
      ? 'none'
      : slot.kind === 'damaged'
        ? `a damaged one (${slot.reason})`
        : 'another one'
  throw new TerminalError(
    'STREAMCORE_CHECKPOINT_MISSING',
    `Expected the state that goes with the output in sink '${holderOf(facts, ref)}' of job '${facts.jobId}' (checkpoint ${ref.id}, made by epoch ${ref.madeBy}), got ${came}; going on without it would lose or double output. Restore the state folder, or empty the target to begin anew`,
    { details: { checkpointId: ref.id } },
  )
}

/** The sink that told of a checkpoint. */
function holderOf(facts: RecoveryFacts, ref: CheckpointRef): string {
  const holder = [...facts.markers].find(([, marker]) => marker !== undefined && isSame(refOf(marker), ref))
  return holder?.[0] ?? 'unknown'
}

function refOf(marker: CommitMarker): CheckpointRef {
  return { id: marker.checkpointId, madeBy: marker.madeBy }
}

function isSame(a: CheckpointRef | undefined, b: CheckpointRef | undefined): boolean {
  return a?.id === b?.id && a?.madeBy === b?.madeBy
}
