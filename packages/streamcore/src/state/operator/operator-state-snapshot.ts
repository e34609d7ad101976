/** Operator state as it was at the barrier, written in slices. */
import type { BoundOperatorState } from '../../contracts/state/operator-state.js'
import { encodeElementBlock } from '../../serde/element-block.js'

/** More elements make another block. */
const blockLengthMax = 1_024

/** One state; its elements do not change any more. */
export interface StateElements {
  readonly state: BoundOperatorState
  readonly elements: Iterable<unknown>
}

/** Encodes a few elements a slice. */
export class OperatorStateSnapshot {
  readonly #uid: string
  readonly #states: readonly { readonly state: BoundOperatorState; readonly elements: Iterator<unknown> }[]
  #next = 0
  #blocks: Uint8Array[] = []

  constructor(uid: string, states: readonly StateElements[]) {
    this.#uid = uid
    this.#states = states.map(({ state, elements }) => ({ state, elements: elements[Symbol.iterator]() }))
  }

  /** Writes about `maxElements` more; true when all are written. */
  writeSlice(maxElements: number): boolean {
    let left = Math.max(1, maxElements)
    for (let current = this.#states[this.#next]; current !== undefined; current = this.#states[this.#next]) {
      if (left <= 0) return false
      const { state, elements } = current
      const taken = take(elements, Math.min(left, blockLengthMax))
      left -= taken.length
      if (taken.length === 0) {
        this.#next++
        continue
      }
      const { name, kind, version } = state
      const place = { what: `state "${name}"`, uid: this.#uid }
      this.#blocks.push(encodeElementBlock({ name, kind, version, elements: taken }, place))
    }
    return true
  }

  /** The blocks finished since the last call. */
  takeBlocks(): readonly Uint8Array[] {
    const blocks = this.#blocks
    this.#blocks = []
    return blocks
  }
}

function take(iterator: Iterator<unknown>, max: number): readonly unknown[] {
  const taken: unknown[] = []
  while (taken.length < max) {
    const next = iterator.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}
