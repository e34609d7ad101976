/** An operator's share of a checkpoint that begins with its operator state. */
import { packFrames } from '../../serde/frames.js'
import type { OperatorStateSnapshot } from '../../state/operator/operator-state-snapshot.js'
import type { OperatorSnapshot, SnapshotPiece } from '../stream-operator.js'

/** The rest of the share; its pieces are there at once. */
export interface RestOfShare extends OperatorSnapshot {
  takePieces(): readonly SnapshotPiece[]
}

/** Writes operator state, then the rest. */
export class OperatorStateShare implements RestOfShare {
  readonly #states: OperatorStateSnapshot
  readonly #rest: RestOfShare
  #isWritten = false

  constructor(states: OperatorStateSnapshot, rest: RestOfShare) {
    this.#states = states
    this.#rest = rest
  }

  writeSlice(maxEntries: number): boolean {
    if (this.#isWritten) return this.#rest.writeSlice(maxEntries)
    this.#isWritten = this.#states.writeSlice(maxEntries)
    return false
  }

  waitsFor(): Promise<void> | undefined {
    return this.#isWritten ? this.#rest.waitsFor?.() : undefined
  }

  takePieces(): readonly SnapshotPiece[] {
    const blocks = this.#states.takeBlocks()
    const pieces = this.#rest.takePieces()
    return blocks.length === 0 ? pieces : [{ kind: 'operator-state', bytes: packFrames(blocks) }, ...pieces]
  }

  abort(): void {
    this.#rest.abort()
  }
}
