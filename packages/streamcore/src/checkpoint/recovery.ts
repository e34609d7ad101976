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
import { isSameRef, lineageOf } from './lineage.js'

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
 * No marker at all is a fresh start only if the commit log is empty too. A sink without a marker beside others is new in the
 * job: what is restored is committed there too, so that it has one from then on.
 * @throws TerminalError `STREAMCORE_RESTORE` or `STREAMCORE_CHECKPOINT_MISSING` when going on could lose or double output
 */
export function planRecovery(facts: RecoveryFacts): RecoveryPlan {
  const begun = begunLineage(facts)
  if (begun !== undefined) return begun
  if (facts.markers.size === 0) return newest(facts)
  const uids = [...facts.markers.keys()]
  const marked = [...facts.markers].flatMap(([uid, marker]) =>
    marker === undefined ? [] : [{ uid, ref: refOf(marker) }],
  )
  const highest = marked.map(({ ref }) => ref).reduce<CheckpointRef | undefined>(higher, undefined)
  if (highest === undefined) return withoutMarkers(facts, uids)
  const unmarked = uids.filter((uid) => facts.markers.get(uid) === undefined)
  const behind = marked.filter(({ ref }) => !isSameRef(ref, highest))
  const child = behind.length > 0 ? undefined : childOf(facts, highest)
  const manifest = child ?? required(facts, highest)
  for (const { uid, ref } of behind)
    if (!isSameRef(ref, manifest.parent)) throw tooFarBehind(facts, highest, { uid, ref })
  for (const uid of unmarked) if (!mayLackMarker(manifest, uid)) throw markerLost(facts, highest, uid)
  const commitIn = child === undefined ? [...behind.map(({ uid }) => uid), ...unmarked] : uids
  return { kind: 'restore', manifest, commitIn }
}

/** Nothing was ever committed in the present sinks: a fresh start, a first checkpoint to commit, or all sinks are new. */
function withoutMarkers(facts: RecoveryFacts, uids: readonly string[]): RecoveryPlan {
  const manifests = facts.slots.filter((slot) => slot.kind === 'checkpoint')
  const manifest = facts.lastCommit === undefined ? childOf(facts, undefined) : manifests.at(-1)
  if (manifest === undefined || !uids.every((uid) => mayLackMarker(manifest, uid))) return fresh(facts)
  return { kind: 'restore', manifest, commitIn: uids }
}

/** The sink is new in the job, or the checkpoint is the first one, which no sink need hold yet. */
function mayLackMarker(manifest: CheckpointManifest, uid: string): boolean {
  return manifest.parent === undefined || manifest.operators.every((operator) => operator.uid !== uid)
}

/**
 * The first checkpoint of a new lineage replaces whatever the targets held when it was made; until it is committed in all
 * of them, each holds the one or the other.
 */
function begunLineage(facts: RecoveryFacts): RecoveryPlan | undefined {
  const manifest = facts.slots.filter((slot) => slot.kind === 'checkpoint').at(-1)
  const over = manifest && lineageOf(manifest)?.over
  if (manifest === undefined || over === undefined) return undefined
  const refs = [...facts.markers].map(([uid, marker]) => ({ uid, ref: marker && refOf(marker) }))
  const behind = refs.filter(({ ref }) => !isSameRef(ref, manifest))
  if (behind.some(({ uid, ref }) => !isSameRef(ref, over.get(uid)))) return undefined
  return { kind: 'restore', manifest, commitIn: behind.map(({ uid }) => uid) }
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

function tooFarBehind(
  facts: RecoveryFacts,
  highest: CheckpointRef,
  { uid, ref }: { readonly uid: string; readonly ref: CheckpointRef },
): TerminalError {
  return new TerminalError(
    'STREAMCORE_RESTORE',
    `Expected sink '${uid}' of job '${facts.jobId}' to hold checkpoint ${highest.id} or the one before it, got ${ref.id} (made by epoch ${ref.madeBy}); its target was changed by something else. Restore the targets of all sinks to one moment`,
    { details: { uid, checkpointId: ref.id } },
  )
}

function markerLost(facts: RecoveryFacts, highest: CheckpointRef, uid: string): TerminalError {
  return new TerminalError(
    'STREAMCORE_RESTORE',
    `Expected sink '${uid}' of job '${facts.jobId}' to hold checkpoint ${highest.id} or the one before it, got an empty target; what it held would be lost. Restore the target, or give the sink a new uid to begin anew`,
    { details: { uid, checkpointId: highest.id } },
  )
}

function higher(best: CheckpointRef | undefined, ref: CheckpointRef): CheckpointRef {
  return best === undefined || ref.id > best.id ? ref : best
}

function childOf(facts: RecoveryFacts, parent: CheckpointRef | undefined): CheckpointManifest | undefined {
  const children = facts.slots
    .filter((slot) => slot.kind === 'checkpoint')
    .filter((slot) => isSameRef(slot.parent, parent))
  assert(children.length <= 1, 'a checkpoint has at most one durable child')
  return children[0]
}

function required(facts: RecoveryFacts, ref: CheckpointRef): CheckpointManifest {
  const slot = facts.slots.find((candidate) => candidate.id === ref.id)
  if (slot?.kind === 'checkpoint' && slot.madeBy === ref.madeBy) return slot
  const came =
    slot === undefined ? 'none' : slot.kind === 'damaged' ? `a damaged one (${slot.reason})` : 'another one'
  throw new TerminalError(
    'STREAMCORE_CHECKPOINT_MISSING',
    `Expected the state that goes with the output in sink '${holderOf(facts, ref)}' of job '${facts.jobId}' (checkpoint ${ref.id}, made by epoch ${ref.madeBy}), got ${came}; going on without it would lose or double output. Restore the state folder, or empty the target to begin anew`,
    { details: { checkpointId: ref.id } },
  )
}

/** The sink that told of a checkpoint. */
function holderOf(facts: RecoveryFacts, ref: CheckpointRef): string {
  const holder = [...facts.markers].find(
    ([, marker]) => marker !== undefined && isSameRef(refOf(marker), ref),
  )
  return holder?.[0] ?? 'unknown'
}

function refOf(marker: CommitMarker): CheckpointRef {
  return { id: marker.checkpointId, madeBy: marker.madeBy }
}
