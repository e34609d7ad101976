/** What a restore would do to every piece of state, found out before anything starts: kept, migrated, new, dropped, incompatible. */
import type { CheckpointManifest, OperatorManifest } from '../contracts/checkpoint-storage.js'
import type { DeclaredStateDescription } from '../contracts/state/operator-state.js'
import type { StateMigrations } from '../contracts/state/state-descriptors.js'
import type { JobGraph } from '../graph/job-graph.js'
import type { StreamNode } from '../graph/stream-graph.js'
import { ttlMismatch } from '../state/migrations.js'

/**
 * What becomes of a piece of state.
 * - `kept`: taken over as it is
 * - `migrated`: taken over, value by value: by the declared migrations, or because its time to live was switched on or off
 * - `new`: the job declares it, the checkpoint does not hold it: it begins empty
 * - `dropped`: the checkpoint holds it, the job no longer declares it: lost, and only if that is allowed
 * - `incompatible`: the job declares something else under this name: a restore is refused
 */
export type StateFate = 'kept' | 'migrated' | 'new' | 'dropped' | 'incompatible'

/** An operator with positions, output or timers, or one of its states. */
export interface PlannedState {
  readonly fate: StateFate
  readonly uid: string
  /** Undefined for the operator as such. */
  readonly state: string | undefined
  readonly stored: DeclaredStateDescription | undefined
  readonly declared: DeclaredStateDescription | undefined
  /** For `dropped` and `incompatible`: what was expected, what came, what to do. */
  readonly reason: string | undefined
}

/** A declared state with the migrations that lead to its version. */
type DeclaredState = DeclaredStateDescription & { readonly migrate?: StateMigrations }

interface DeclaredOperator extends OperatorManifest {
  readonly declared: readonly DeclaredState[]
}

/** The operators of a job as manifests record them. */
export function operatorManifests(jobGraph: JobGraph): readonly OperatorManifest[] {
  return declaredOperators(jobGraph).map(({ uid, name, parallelism, states }) => ({
    uid,
    name,
    parallelism,
    states,
  }))
}

/** The fate of everything a checkpoint holds and a job declares: first what the checkpoint holds, in its order. */
export function planRestore(manifest: CheckpointManifest, jobGraph: JobGraph): readonly PlannedState[] {
  const declared = declaredOperators(jobGraph)
  const stored = manifest.operators.flatMap((operator) => {
    const present = declared.find(({ uid }) => uid === operator.uid)
    return present === undefined ? [droppedOperator(operator, manifest.id)] : fatesIn(operator, present)
  })
  const added = declared
    .filter(({ uid }) => manifest.operators.every((operator) => operator.uid !== uid))
    .flatMap(({ uid, declared: states }) => [
      fate('new', uid),
      ...states.map((state) => ({ ...fate('new', uid), state: state.name, declared: state })),
    ])
  return [...stored, ...added]
}

function fatesIn(stored: OperatorManifest, present: DeclaredOperator): readonly PlannedState[] {
  const { uid } = stored
  const held = stored.states.map((state): PlannedState => {
    const declared = present.declared.find(({ name }) => name === state.name)
    return declared === undefined ? droppedState(uid, state) : heldState(uid, state, declared)
  })
  const added = present.declared
    .filter(({ name }) => stored.states.every((state) => state.name !== name))
    .map((state) => ({ ...fate('new', uid), state: state.name, declared: state }))
  return [fate('kept', uid), ...held, ...added]
}

function heldState(uid: string, stored: DeclaredStateDescription, declared: DeclaredState): PlannedState {
  const both = { ...fate('kept', uid), state: stored.name, stored, declared }
  if (declared.kind !== stored.kind || declared.version < stored.version) {
    const reason = `Expected state '${stored.name}' of operator '${uid}' to be a ${stored.kind} state of version ${stored.version}, as in the checkpoint, got a ${declared.kind} state of version ${declared.version}; keep kind and version, or give the new state another name`
    return { ...both, fate: 'incompatible', reason }
  }
  const missing = missingMigration(stored.version, declared)
  if (missing !== undefined) {
    const reason = `Expected state '${stored.name}' of operator '${uid}' in version ${declared.version} to say how it comes from version ${stored.version}, which the checkpoint holds, got no migration from version ${missing}; declare migrate: { ${missing}: (old) => … }, or restore with the job version that wrote it`
    return { ...both, fate: 'incompatible', reason }
  }
  const mismatch = ttlMismatch(stored.ttl, declared.ttl)
  if (mismatch !== undefined) {
    return {
      ...both,
      fate: 'incompatible',
      reason: `Expected state '${stored.name}' of operator '${uid}' ${mismatch}`,
    }
  }
  const isTtlSwitched = (stored.ttl === undefined) !== (declared.ttl === undefined)
  return declared.version === stored.version && !isTtlSwitched ? both : { ...both, fate: 'migrated' }
}

function missingMigration(from: number, state: DeclaredState): number | undefined {
  for (let version = from; version < state.version; version++) {
    if (state.migrate?.[version] === undefined) return version
  }
  return undefined
}

function droppedOperator({ uid }: OperatorManifest, checkpointId: number): PlannedState {
  const reason = `Expected the job to have operator '${uid}', whose state is in checkpoint ${checkpointId}, got none; give the operator its old uid back, or restore with allowDroppedState (--allow-dropped-state)`
  return { ...fate('dropped', uid), reason }
}

function droppedState(uid: string, stored: DeclaredStateDescription): PlannedState {
  const reason = `Expected operator '${uid}' to declare state '${stored.name}', which the checkpoint holds, got none; declare it again, or restore with allowDroppedState (--allow-dropped-state)`
  return { ...fate('dropped', uid), state: stored.name, stored, reason }
}

function fate(kind: StateFate, uid: string): PlannedState {
  return {
    fate: kind,
    uid,
    state: undefined,
    stored: undefined,
    declared: undefined,
    reason: undefined,
  }
}

function declaredOperators(jobGraph: JobGraph): readonly DeclaredOperator[] {
  return jobGraph.vertices.flatMap((vertex) =>
    vertex.nodes.flatMap((nodeId) => {
      const node = jobGraph.nodes[nodeId]
      if (node === undefined || !('uid' in node)) return []
      const { uid, name } = node
      const states = statesOf(node)
      const declared = states.map((state) => withMigrations(state, jobGraph, nodeId))
      return [{ uid, name, parallelism: vertex.parallelism, states, declared }]
    }),
  )
}

/** The plan of a job is plain data; how a state is migrated stands in the function itself. */
function withMigrations(state: DeclaredStateDescription, jobGraph: JobGraph, nodeId: number): DeclaredState {
  const binding = jobGraph.streamGraph.bindings.get(nodeId)
  if (binding === undefined || !('fn' in binding)) return state
  const declared: readonly DeclaredState[] = [
    ...Object.values(binding.fn.state),
    ...('broadcast' in binding ? binding.broadcast : []),
  ]
  const descriptor = declared.find(({ name }) => name === state.name)
  return descriptor?.migrate === undefined ? state : { ...state, migrate: descriptor.migrate }
}

function statesOf(node: StreamNode): readonly DeclaredStateDescription[] {
  return 'states' in node ? node.states : []
}
