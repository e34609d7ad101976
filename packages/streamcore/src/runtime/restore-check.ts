/** Refuses to restore what the job cannot take over, before the first record: which state, why, what to do. */
import type { CheckpointManifest, OperatorManifest } from '../contracts/checkpoint-storage.js'
import { TerminalError } from '../contracts/errors.js'
import type { StateDescription } from '../contracts/state/state-descriptors.js'
import type { JobGraph } from '../graph/job-graph.js'
import type { StreamNode } from '../graph/stream-graph.js'

/** The operators of a job as manifests record them. */
export function operatorManifests(jobGraph: JobGraph): readonly OperatorManifest[] {
  return jobGraph.vertices.flatMap((vertex) =>
    vertex.nodes.flatMap((nodeId) => {
      const node = jobGraph.nodes[nodeId]
      if (node === undefined || !('uid' in node)) return []
      return [{ uid: node.uid, name: node.name, parallelism: vertex.parallelism, states: statesOf(node) }]
    }),
  )
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
  const present = new Map(operatorManifests(jobGraph).map((operator) => [operator.uid, operator]))
  for (const stored of manifest.operators) {
    const operator = present.get(stored.uid)
    if (operator === undefined) {
      if (options.allowDroppedState) continue
      throw mismatch(
        `Expected the job to have operator '${stored.uid}', whose state is in checkpoint ${manifest.id}, got none; give the operator its old uid back, or restore with allowDroppedState`,
        stored.uid,
      )
    }
    for (const state of stored.states)
      assertState(stored.uid, state, operator.states, options.allowDroppedState)
  }
}

function assertState(
  uid: string,
  stored: StateDescription,
  states: readonly StateDescription[],
  allowDroppedState: boolean,
): void {
  const state = states.find((candidate) => candidate.name === stored.name)
  if (state === undefined) {
    if (allowDroppedState) return
    throw mismatch(
      `Expected operator '${uid}' to declare state '${stored.name}', which the checkpoint holds, got none; declare it again, or restore with allowDroppedState`,
      uid,
    )
  }
  // An older version is migrated by the backend, which refuses where a step is missing.
  if (state.kind === stored.kind && state.version >= stored.version) return
  throw mismatch(
    `Expected state '${stored.name}' of operator '${uid}' to be a ${stored.kind} state of version ${stored.version}, as in the checkpoint, got a ${state.kind} state of version ${state.version}; keep kind and version, or give the new state another name`,
    uid,
  )
}

function statesOf(node: StreamNode): readonly StateDescription[] {
  return 'states' in node ? node.states : []
}

function mismatch(message: string, uid: string): TerminalError {
  return new TerminalError('STREAMCORE_STATE_MISMATCH', message, { details: { uid } })
}
