/** A stream whose records go to every subtask of whatever connects to it, with the states that they fill. */
import { StreamcoreError } from '../contracts/errors.js'
import type { AnyBroadcastStateDescriptor } from '../contracts/state/operator-state.js'
import type { StreamOrigin } from './stream-origin.js'

/** Made by `stream.broadcast(…)`, taken by `connect`. `B` are the descriptors of its states. */
export class BroadcastStream<T, B extends AnyBroadcastStateDescriptor> {
  /** The states that `ctx.broadcastState(…)` finds. */
  readonly states: readonly B[]
  /** Only for streamcore. */
  readonly origin: StreamOrigin
  /** Never called: it only carries the record type. */
  declare readonly carries?: () => T

  /** Only for streamcore: use `broadcast`. */
  constructor(origin: StreamOrigin, states: readonly B[]) {
    if (states.length === 0 || states.some((state) => state?.kind !== 'broadcast')) {
      throw new StreamcoreError(
        'STREAMCORE_GRAPH',
        'Expected broadcast to be given descriptors of broadcast state, got ' +
          `${states.length === 0 ? 'none' : 'something else'}; declare them with broadcastState<Key, Value>('name')`,
      )
    }
    this.origin = origin
    this.states = Object.freeze([...states])
  }
}
