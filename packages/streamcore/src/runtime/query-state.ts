/** Reads the state of a running operator: the subtask that owns the key answers; of broadcast state all have the same. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Key } from '../contracts/key.js'
import { subtaskOfKeyGroup } from '../contracts/key-groups.js'
import { KeyedProcessOperator } from '../operators/keyed/keyed-process-operator.js'
import { ProcessOperator } from '../operators/non-keyed/process-operator.js'
import type { StreamOperator } from '../operators/stream-operator.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'

/** What is asked. */
export interface StateQuery {
  readonly uid: string
  readonly state: string
  readonly key: Key
}

/**
 * What an operator holds for a key, as a copy; undefined when it holds nothing. `operators`: all of a job, subtask by subtask.
 * @throws StreamcoreError `STREAMCORE_CONFIG` when there is no such operator or state
 */
export function queryState(operators: readonly StreamOperator[], query: StateQuery): unknown {
  const { uid, state, key } = query
  const known = operators.filter(
    (operator) => operator instanceof KeyedProcessOperator || operator instanceof ProcessOperator,
  )
  const subtasks = known.filter((operator) => operator.uid === uid)
  const [first] = subtasks
  if (first === undefined) throw unknownOperator(known, uid)
  const names = first.states.map(({ name }) => name)
  if (!names.includes(state)) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected a state of operator '${uid}' (${names.join(', ')}), got '${state}'`,
      { details: { uid } },
    )
  }
  const owner = subtasks[subtaskOfKeyGroup(keyGroupOfKey(key), subtasks.length)]
  assert(owner !== undefined, 'every key group has a subtask')
  return owner.queryState(state, key)
}

function unknownOperator(operators: readonly StreamOperator[], came: string): StreamcoreError {
  const uids = [...new Set(operators.map(({ uid }) => uid))].join(', ')
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected the uid of an operator with state (${uids}), got '${came}'`,
    {
      details: { uid: came },
    },
  )
}
