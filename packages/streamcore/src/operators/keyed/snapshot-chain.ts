/** Decides when a keyed operator's snapshot is full again, by the sizes of the durable ones before it. */
import type { KeyedSnapshotKind } from '../../contracts/state/keyed-state-backend.js'

/** When deltas end. */
export interface DeltaLimits {
  /** Deltas after one full snapshot; 0: every snapshot is full. */
  readonly deltasMax: number
  /** Size of all deltas together, as a share of the full snapshot's. */
  readonly deltaShareMax: number
}

/** A full snapshot and the deltas after it. */
interface Chain {
  readonly baseBytes: number
  readonly deltas: number
  readonly deltaBytes: number
}

/** The chain that a restore of the last durable checkpoint would read, for one operator of one subtask. */
export class SnapshotChain {
  readonly #limits: DeltaLimits
  /** Undefined until a snapshot of this incarnation is durable: after a restore the first one is full. */
  #durable: Chain | undefined = undefined
  #awaiting:
    | { readonly checkpointId: number; readonly kind: KeyedSnapshotKind; sizeBytes: number }
    | undefined

  constructor(limits: DeltaLimits) {
    this.#limits = limits
  }

  /** What the next snapshot should be. */
  nextKind(): KeyedSnapshotKind {
    const { deltasMax, deltaShareMax } = this.#limits
    if (this.#durable === undefined || this.#durable.deltas >= deltasMax) return 'full'
    return this.#durable.deltaBytes > deltaShareMax * this.#durable.baseBytes ? 'full' : 'delta'
  }

  /** A snapshot has begun. */
  began(checkpointId: number, kind: KeyedSnapshotKind): void {
    this.#awaiting = { checkpointId, kind, sizeBytes: 0 }
  }

  /** Some of the newest snapshot was written. */
  wrote(sizeBytes: number): void {
    if (this.#awaiting !== undefined) this.#awaiting.sizeBytes += sizeBytes
  }

  durable(checkpointId: number): void {
    const awaiting = this.#awaiting
    if (awaiting?.checkpointId !== checkpointId) return
    this.#awaiting = undefined
    const { kind, sizeBytes } = awaiting
    if (kind === 'full') this.#durable = { baseBytes: sizeBytes, deltas: 0, deltaBytes: 0 }
    else if (this.#durable !== undefined) {
      const { baseBytes, deltas, deltaBytes } = this.#durable
      this.#durable = { baseBytes, deltas: deltas + 1, deltaBytes: deltaBytes + sizeBytes }
    }
  }

  failed(checkpointId: number): void {
    if (this.#awaiting?.checkpointId === checkpointId) this.#awaiting = undefined
  }
}
