/** Finds the subtask that answers for a key: its owner; of broadcast state all hold the same. */
import { StreamcoreError } from '../contracts/errors.js'
import type { Key } from '../contracts/key.js'
import { subtaskOfKeyGroup } from '../contracts/key-groups.js'
import type { JobGraph } from '../graph/job-graph.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { operatorManifests } from './restore-plan.js'

/** What is asked. */
export interface StateQuery {
  readonly uid: string
  readonly state: string
  readonly key: Key
}

/**
 * The subtask that answers.
 * @throws StreamcoreError `STREAMCORE_CONFIG` when there is no such operator or state
 */
export function subtaskOfQuery(jobGraph: JobGraph, query: StateQuery): number {
  const { uid, state, key } = query
  const known = operatorManifests(jobGraph).filter(({ states }) => states.length > 0)
  const operator = known.find((each) => each.uid === uid)
  if (operator === undefined) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected the uid of an operator with state (${known.map((each) => each.uid).join(', ')}), got '${uid}'`,
      { details: { uid } },
    )
  }
  const names = operator.states.map(({ name }) => name)
  if (!names.includes(state)) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected a state of operator '${uid}' (${names.join(', ')}), got '${state}'`,
      { details: { uid } },
    )
  }
  return subtaskOfKeyGroup(keyGroupOfKey(key), operator.parallelism)
}
