/** The rules by which every transactional target admits claims and commits, kept in one place so that all targets agree. */
import { StreamcoreError } from './errors.js'
import type { CommitMarker } from './sink.js'

/** What a target stores per job and sink: who may commit, and the checkpoint it holds. */
export interface CommitFence {
  /** Highest epoch that has claimed or committed. */
  readonly epoch: number
  /** Undefined until the first commit. */
  readonly committed: { readonly checkpointId: number; readonly madeBy: number } | undefined
}

/** Which sink of which job. */
export interface FencedSink {
  readonly jobId: string
  readonly sinkUid: string
}

/**
 * The fence after a claim; the stored one stays when the same epoch claims again.
 * @throws StreamcoreError `STREAMCORE_FENCED` when a higher epoch has claimed
 */
export function claimedFence(fence: CommitFence | undefined, sink: FencedSink, epoch: number): CommitFence {
  if (fence && fence.epoch > epoch) throw fenced(fence, sink, epoch)
  return { epoch, committed: fence?.committed }
}

/** The marker that a fence stands for; undefined when nothing was ever committed. */
export function markerOf(fence: CommitFence | undefined, sink: FencedSink): CommitMarker | undefined {
  if (!fence?.committed) return undefined
  return { jobId: sink.jobId, sinkUid: sink.sinkUid, epoch: fence.epoch, ...fence.committed }
}

/**
 * The fence after a commit, or undefined when exactly this checkpoint is in the target already (a duplicated request):
 * then nothing may be written.
 * @throws StreamcoreError `STREAMCORE_FENCED` when a higher epoch has claimed, or nobody has claimed with this epoch
 * @throws StreamcoreError `STREAMCORE_RESTORE` when the target holds a later checkpoint, or another one of this id
 */
export function committedFence(
  fence: CommitFence | undefined,
  marker: CommitMarker,
): CommitFence | undefined {
  if (!fence || fence.epoch !== marker.epoch) throw fenced(fence, marker, marker.epoch)
  const { checkpointId, madeBy } = marker
  const last = fence.committed
  if (last && last.checkpointId === checkpointId && last.madeBy === madeBy) return undefined
  if (last && last.checkpointId >= checkpointId) {
    throw new StreamcoreError(
      'STREAMCORE_RESTORE',
      `Expected sink '${marker.sinkUid}' of job '${marker.jobId}' to commit a checkpoint above ${last.checkpointId} ` +
        `(made by epoch ${last.madeBy}), got ${checkpointId} (made by epoch ${madeBy}); ` +
        'restore an older savepoint as a new lineage, whose ids continue above the target’s',
      { details: { uid: marker.sinkUid, checkpointId } },
    )
  }
  return { epoch: fence.epoch, committed: { checkpointId, madeBy } }
}

function fenced(fence: CommitFence | undefined, sink: FencedSink, epoch: number): StreamcoreError {
  const came = fence ? `epoch ${fence.epoch} has claimed it` : 'nobody has claimed it'
  return new StreamcoreError(
    'STREAMCORE_FENCED',
    `Expected epoch ${epoch} to own sink '${sink.sinkUid}' of job '${sink.jobId}', but ${came}; ` +
      'a newer incarnation of the job runs, so this one must end',
    { details: { uid: sink.sinkUid, ...(fence === undefined ? {} : { epoch: fence.epoch }) } },
  )
}
