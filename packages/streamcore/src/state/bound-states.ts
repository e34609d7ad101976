/** The states of one operator in the order in which they were bound; the same rules for every backend. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import {
  type BoundState,
  plainDescription,
  type StateDescription,
  type StateKind,
} from '../contracts/state/state-descriptors.js'

/** What a backend knows of its states; a state's place in it is its slot. */
export class BoundStates {
  readonly uid: string
  readonly all: BoundState[] = []
  /** The plain part of each state, as it stands in checkpoints. */
  readonly descriptions: StateDescription[] = []
  #isSealed = false

  constructor(uid: string) {
    this.uid = uid
  }

  /** Adds a state; gives its slot. */
  bind(state: BoundState, kind: StateKind): number {
    const { name } = state
    assert(state.ttl === undefined || state.nowMs !== undefined, `state "${name}" knows the time it lives in`)
    assert(state.kind === kind, `state "${name}" is bound as what its descriptor says`)
    assert(!this.#isSealed, `state "${name}" is bound before anything is restored`)
    if (this.descriptions.some((other) => other.name === name)) {
      throw new StreamcoreError(
        'STREAMCORE_CONFIG',
        `Expected the states of operator "${this.uid}" to have different names, got "${name}" twice`,
        { details: { uid: this.uid } },
      )
    }
    this.descriptions.push(plainDescription(state))
    return this.all.push(state) - 1
  }

  /** Something is restored or saved: a state bound from now on would lack its column. */
  seal(): void {
    this.#isSealed = true
  }
}
