/** One subtask's copy of a broadcast state. */
import { StreamcoreError } from '../../contracts/errors.js'
import type { MapKey } from '../../contracts/key.js'
import type { BoundOperatorState, BroadcastState } from '../../contracts/state/operator-state.js'
import type { PutGuard } from '../put-guard.js'

/** Says who may write: the copies stay equal because only what every subtask sees changes them. */
export interface BroadcastWriting {
  readonly uid: string
  /** True while a broadcast element is processed. */
  isAllowed: boolean
}

/** A map that refuses changes outside of `processBroadcastElement`. It is copied by a change while somebody relies on it. */
export class BroadcastMap<MK extends MapKey, MV> implements BroadcastState<MK, MV> {
  readonly state: BoundOperatorState
  readonly #guard: PutGuard
  readonly #writing: BroadcastWriting
  #map = new Map<MK, MV>()
  /** An iterator or a snapshot may still read the map. */
  #isShared = false

  constructor(state: BoundOperatorState, guard: PutGuard, writing: BroadcastWriting) {
    this.state = state
    this.#guard = guard
    this.#writing = writing
  }

  get(key: MK): MV | undefined {
    return this.#map.get(key)
  }

  has(key: MK): boolean {
    return this.#map.has(key)
  }

  isEmpty(): boolean {
    return this.#map.size === 0
  }

  entries(): Iterable<readonly [MK, MV]> {
    const map = this.#shared()
    return { [Symbol.iterator]: () => map.entries() }
  }

  keys(): Iterable<MK> {
    const map = this.#shared()
    return { [Symbol.iterator]: () => map.keys() }
  }

  put(key: MK, value: MV): void {
    this.#guard.check(key, undefined)
    this.#guard.check(value, undefined)
    this.#writable('put').set(key, value)
  }

  remove(key: MK): void {
    const map = this.#writable('remove')
    map.delete(key)
  }

  clear(): void {
    this.#assertWriting('clear')
    this.#map = new Map()
    this.#isShared = false
  }

  /** What a snapshot writes; stays as it is now. */
  elements(): Iterable<readonly [MK, MV]> {
    return this.entries()
  }

  /** An entry of the checkpoint. */
  restore([key, value]: readonly [MK, MV]): void {
    this.#map.set(key, value)
  }

  #shared(): ReadonlyMap<MK, MV> {
    this.#isShared = true
    return this.#map
  }

  #writable(call: string): Map<MK, MV> {
    this.#assertWriting(call)
    if (this.#isShared) {
      this.#map = new Map(this.#map)
      this.#isShared = false
    }
    return this.#map
  }

  #assertWriting(call: string): void {
    if (this.#writing.isAllowed) return
    const { uid } = this.#writing
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected broadcast state "${this.state.name}" of operator "${uid}" to be changed only in processBroadcastElement, got ${call}() elsewhere; ` +
        'other elements reach only one subtask, so its copy would differ from those of the others',
      { details: { uid } },
    )
  }
}
