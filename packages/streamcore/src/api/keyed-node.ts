/** Checks a keyed function and turns its declarations into the plain part of its node. */
import { StreamcoreError } from '../contracts/errors.js'
import type { AnyKeyedFunction } from '../contracts/functions/any-keyed-function.js'
import type { StateDescription } from '../contracts/state/state-descriptors.js'
import type { NodeSpec } from '../graph/stream-graph-builder.js'

/** The one state of `reduce`. */
export const reduceStates: readonly StateDescription[] = Object.freeze([
  Object.freeze({ name: 'accumulator', kind: 'reducing' as const, version: 1 }),
])

/**
 * The node of a keyed function.
 * @throws StreamcoreError `STREAMCORE_GRAPH` when it may send messages that nobody receives
 */
export function keyedNode(kind: 'process' | 'co-process', fn: AnyKeyedFunction): NodeSpec {
  const sendsToKeys = fn.sendsToKeys ?? false
  if (sendsToKeys && fn.onMessage === undefined) {
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected operator '${fn.uid}' to have onMessage, because it declares sendsToKeys; add onMessage(message, ctx) or remove sendsToKeys`,
      { details: { uid: fn.uid } },
    )
  }
  const states = Object.values(fn.state).map(({ name, kind: stateKind, version }) =>
    Object.freeze({ name, kind: stateKind, version }),
  )
  return { kind, uid: fn.uid, states: Object.freeze(states), sendsToKeys }
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
