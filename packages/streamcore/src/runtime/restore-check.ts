/** Refuses to restore what the job cannot take over, before the first record: which state, why, what to do. */
import type { CheckpointManifest } from '../contracts/checkpoint-storage.js'
import { TerminalError } from '../contracts/errors.js'
import type { JobGraph } from '../graph/job-graph.js'
import { assertReadable } from '../checkpoint/encrypted-manifest.js'
import { type PlannedState, planRestore } from './restore-plan.js'

/** Whether a restore is refused because of this piece of state. */
export function isRefused({ fate }: PlannedState, options: { readonly allowDroppedState: boolean }): boolean {
  return fate === 'incompatible' || (fate === 'dropped' && !options.allowDroppedState)
}

/**
 * Checks that every operator and state of the checkpoint has its place in the job.
 * @throws TerminalError `STREAMCORE_STATE_MISMATCH`
 */
export function assertRestorable(
  manifest: CheckpointManifest,
  jobGraph: JobGraph,
  options: { readonly allowDroppedState: boolean },
): void {
  assertReadable(manifest)
  const refused = planRestore(manifest, jobGraph).find((planned) => isRefused(planned, options))
  if (refused === undefined) return
  throw new TerminalError('STREAMCORE_STATE_MISMATCH', refused.reason ?? refused.fate, {
    details: { uid: refused.uid },
  })
}
