/** Checks a process function and turns its declarations into the plain part of its node. */
import { StreamcoreError } from '../contracts/errors.js'
import type { AnyKeyedFunction } from '../contracts/functions/any-keyed-function.js'
import type { AnyProcessFunction } from '../contracts/functions/any-unkeyed-function.js'
import {
  type AnyBroadcastStateDescriptor,
  type DeclaredStateDescription,
  isOperatorState,
} from '../contracts/state/operator-state.js'
import { plainDescription, type StateDescription } from '../contracts/state/state-descriptors.js'
import type { NodeSpec } from '../graph/stream-graph-builder.js'

/** The one state of `reduce`. */
export const reduceStates: readonly StateDescription[] = Object.freeze([
  Object.freeze({ name: 'accumulator', kind: 'reducing' as const, version: 1 }),
])

/**
 * The node of a keyed function; `broadcast`: the states of the stream beside it.
 * @throws StreamcoreError `STREAMCORE_GRAPH` when it may send messages that nobody receives, or declares operator state
 */
export function keyedNode(
  kind: 'process' | 'co-process' | 'keyed-broadcast',
  fn: AnyKeyedFunction,
  broadcast: readonly AnyBroadcastStateDescriptor[] = [],
): NodeSpec {
  const { uid } = fn
  const sendsToKeys = fn.sendsToKeys ?? false
  if (sendsToKeys && fn.onMessage === undefined) {
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected operator '${uid}' to have onMessage, because it declares sendsToKeys; add onMessage(message, ctx) or remove sendsToKeys`,
      { details: { uid } },
    )
  }
  if ('endInput' in fn) {
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected operator '${uid}', whose stream is keyed, to have no endInput, which would have no key; use a timer, which fires at the end of input at the latest, or call process before keyBy`,
      { details: { uid } },
    )
  }
  const declared: readonly DeclaredStateDescription[] = Object.values(fn.state)
  const misplaced = declared.find(isOperatorState)
  if (misplaced !== undefined) {
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected the states of operator '${uid}' to be keyed, got ${misplaced.kind} state '${misplaced.name}'; take valueState, listState or mapState, or call process before keyBy`,
      { details: { uid } },
    )
  }
  const states = [...declared, ...broadcast].map((state) =>
    isOperatorState(state) ? described(state) : plainDescription(state),
  )
  return { kind, uid, states: Object.freeze(states), sendsToKeys }
}

/**
 * The node of a function without a key; `broadcast`: the states of the stream beside it.
 * @throws StreamcoreError `STREAMCORE_GRAPH` when it declares keyed state
 */
export function nonKeyedNode(
  kind: 'non-keyed-process' | 'non-keyed-broadcast',
  fn: AnyProcessFunction,
  broadcast: readonly AnyBroadcastStateDescriptor[] = [],
): NodeSpec {
  const { uid } = fn
  const declared: readonly DeclaredStateDescription[] = Object.values(fn.state)
  const states = [...declared, ...broadcast].flatMap((state) => (isOperatorState(state) ? [state] : []))
  const misplaced = declared.find((state) => !isOperatorState(state) || state.kind === 'broadcast')
  if (misplaced !== undefined) {
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected the states of operator '${uid}', whose stream has no key, to be lists of operator state, got ${misplaced.kind} state '${misplaced.name}'; take operatorListState or unionListState, or call keyBy first`,
      { details: { uid } },
    )
  }
  return { kind, uid, states: Object.freeze(states.map(described)) }
}

/**
 * Refuses what types would have refused, for jobs written in JavaScript.
 * @throws StreamcoreError `STREAMCORE_GRAPH`
 */
export function assertFunction(value: unknown, call: string, member?: string): void {
  if (typeof value === 'function') return
  const what =
    member === undefined ? `${call} to be given a function` : `${call} to be given an object with ${member}()`
  throw new StreamcoreError(
    'STREAMCORE_GRAPH',
    `Expected ${what}, got ${value === null ? 'null' : typeof value}`,
  )
}

/** What the plan and the checkpoint say of a state. */
function described<S extends DeclaredStateDescription>({
  name,
  kind,
  version,
}: S): Readonly<Pick<S, 'name' | 'kind' | 'version'>> {
  return Object.freeze({ name, kind, version })
}
