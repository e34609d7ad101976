/** Lineages: which savepoint a job's checkpoints go back to, and what a start from one does to the targets. */
import type { CheckpointManifest, CheckpointRef, CheckpointSlot } from '../contracts/checkpoint-storage.js'
import { TerminalError } from '../contracts/errors.js'
import type { CommitMarker } from '../contracts/sink.js'
import type { JsonValue } from '../contracts/source.js'
import { type FieldReader, readArray, readObject } from './field-reader.js'

/** The checkpoint a savepoint is a copy of; `createdMs` tells it from one of another state folder with the same numbers. */
export interface SavepointIdentity extends CheckpointRef {
  readonly jobId: string
  readonly createdMs: number
}

/** What a manifest says of its lineage. */
export interface Lineage {
  readonly savepoint: SavepointIdentity
  /** Only in the first checkpoint of a lineage: the marker of every sink as it was found; undefined where there was none. */
  readonly over: ReadonlyMap<string, CheckpointRef | undefined> | undefined
}

/** The lineage of a checkpoint; undefined when it goes back to an empty start. */
export function lineageOf(manifest: CheckpointManifest): Lineage | undefined {
  const extra = readObject('extra', manifest.extra)
  const value = extra.value('lineage')
  if (value === undefined) return undefined
  const lineage = readObject('extra.lineage', value)
  const over = lineage.value('over')
  return {
    savepoint: readIdentity(readObject('extra.lineage.savepoint', lineage.value('savepoint'))),
    over: over === undefined ? undefined : new Map(readArray('extra.lineage.over', over, readSeen)),
  }
}

/** A lineage as it stands in the `extra` of a manifest. */
export function lineageExtra(lineage: Lineage | undefined): JsonValue {
  if (lineage === undefined) return {}
  const { jobId, id, madeBy, createdMs } = lineage.savepoint
  const savepoint = { jobId, id, madeBy, createdMs }
  if (lineage.over === undefined) return { lineage: { savepoint } }
  const over = [...lineage.over].map(([uid, ref]) =>
    ref === undefined ? { uid } : { uid, id: ref.id, madeBy: ref.madeBy },
  )
  return { lineage: { savepoint, over } }
}

/** The `extra` of what follows a checkpoint: what its lineage found in the targets concerned its first one only. */
export function lineageExtraAfter(manifest: CheckpointManifest | undefined): JsonValue {
  const lineage = manifest && lineageOf(manifest)
  return lineageExtra(lineage && { savepoint: lineage.savepoint, over: undefined })
}

/** Whether the newest checkpoint of a state belongs to the lineage that began with this savepoint. */
export function hasBegun(slots: readonly CheckpointSlot[], savepoint: CheckpointManifest): boolean {
  const newest = slots.filter((slot) => slot.kind === 'checkpoint').at(-1)
  const begun = newest && lineageOf(newest)?.savepoint
  return begun !== undefined && isSameRef(begun, savepoint) && begun.createdMs === savepoint.createdMs
}

/** What {@link sinksToCarry} compares. */
export interface LineageFacts {
  readonly jobId: string
  readonly markers: ReadonlyMap<string, CommitMarker | undefined>
  readonly lastCommit: CheckpointRef | undefined
}

/** What the user said. */
export interface LineageChoice {
  /** The savepoint's folder, for messages. */
  readonly place: string
  readonly newLineage: boolean
}

/**
 * The sinks whose uncommitted output of the savepoint is still to be committed: their targets hold exactly the checkpoint
 * before it. A target that holds the savepoint's own checkpoint needs nothing. Any other target is refused unless
 * `newLineage`, because from there on output is missing or written twice; then nothing old is committed into it.
 * @throws TerminalError `STREAMCORE_RESTORE`
 */
export function sinksToCarry(
  savepoint: CheckpointManifest,
  facts: LineageFacts,
  choice: LineageChoice,
): readonly string[] {
  const carried: string[] = []
  for (const [uid, marker] of facts.markers) {
    const ref = marker && { id: marker.checkpointId, madeBy: marker.madeBy }
    const isKnown = savepoint.operators.some((operator) => operator.uid === uid)
    if (isSameRef(ref, savepoint) || (!isKnown && ref === undefined)) continue
    if (isKnown && isSameRef(ref, savepoint.parent)) carried.push(uid)
    else if (!choice.newLineage) throw misfit(savepoint, choice, { uid, ref, jobId: facts.jobId })
  }
  const { lastCommit } = facts
  const isElsewhere = lastCommit !== undefined && !isSameRef(lastCommit, savepoint)
  if (facts.markers.size === 0 && isElsewhere && !choice.newLineage) {
    throw new TerminalError(
      'STREAMCORE_RESTORE',
      `Expected the state of job '${facts.jobId}' to end with checkpoint ${savepoint.id}, of which ${choice.place} is a savepoint, got checkpoint ${lastCommit.id}; the job would go back and write again what it wrote since. To do that, start a new lineage (newLineage: true, --new-lineage)`,
      { details: { checkpointId: lastCommit.id, path: choice.place } },
    )
  }
  return carried
}

/** Whether two references name the same checkpoint; two missing ones do. */
export function isSameRef(a: CheckpointRef | undefined, b: CheckpointRef | undefined): boolean {
  return a?.id === b?.id && a?.madeBy === b?.madeBy
}

function misfit(
  savepoint: CheckpointManifest,
  choice: LineageChoice,
  sink: { readonly uid: string; readonly ref: CheckpointRef | undefined; readonly jobId: string },
): TerminalError {
  const { uid, ref, jobId } = sink
  const came =
    ref === undefined ? 'no output of this job' : `checkpoint ${ref.id} (made by epoch ${ref.madeBy})`
  return new TerminalError(
    'STREAMCORE_RESTORE',
    `Expected the target of sink '${uid}' of job '${jobId}' to hold checkpoint ${savepoint.id} (made by epoch ${savepoint.madeBy}), of which ${choice.place} is a savepoint, got ${came}. ${consequence(savepoint, ref)} Restore the target to the moment of the savepoint, or accept this and start a new lineage (newLineage: true, --new-lineage): the job goes on from the savepoint, its checkpoints are numbered above the target's, and everything it writes is committed`,
    { details: { uid, path: choice.place, ...(ref === undefined ? {} : { checkpointId: ref.id }) } },
  )
}

function consequence(savepoint: CheckpointManifest, ref: CheckpointRef | undefined): string {
  if (ref === undefined) return 'What the job wrote before the savepoint would be missing there.'
  return ref.id > savepoint.id
    ? 'What the job wrote after the savepoint would be written a second time.'
    : 'What the job wrote between the two would be missing there.'
}

function readIdentity(fields: FieldReader): SavepointIdentity {
  return { jobId: fields.string('jobId'), createdMs: fields.number('createdMs'), ...readRef(fields) }
}

function readSeen(fields: FieldReader): readonly [string, CheckpointRef | undefined] {
  return [fields.string('uid'), fields.value('id') === undefined ? undefined : readRef(fields)]
}

function readRef(fields: FieldReader): CheckpointRef {
  return { id: fields.count('id'), madeBy: fields.count('madeBy') }
}
