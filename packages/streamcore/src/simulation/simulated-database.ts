/** The content of a simulated LevelDB directory: batches are atomic, and a power loss takes unsynced ones. */
import { StreamcoreError } from '../contracts/errors.js'
import type {
  KeyValueEntry,
  KeyValueOperation,
  KeyValueRange,
  KeyValueStore,
} from '../contracts/ports/key-value-store.js'
import { applyBatch, BatchLog } from './batch-log.js'
import type { DiskFault } from './disk-call.js'
import type { Incarnation } from './incarnation.js'
import { SimulatedKeyValueStore } from './simulated-key-value-store.js'
import type { SimulatedWorld } from './simulated-world.js'
import { compareUtf8 } from './utf8-order.js'

/** The calls of a key-value store that reach its disk. */
export type DatabaseOperation = 'open' | 'get' | 'getSync' | 'getMany' | 'batch' | 'entries'

/** One call as it reaches the database. */
export interface DatabaseCall {
  /** Counts all calls of this database from 1. */
  readonly number: number
  readonly operation: DatabaseOperation
}

/** Options of {@link SimulatedDatabase}. */
export interface SimulatedDatabaseOptions {
  /** Each way of a call takes up to so long; 2 unless told. */
  readonly latencyMsMax?: number
  /** How likely any call fails. */
  readonly faultChance?: number
}

/** Outlives processes; one of them at a time has it open. */
export class SimulatedDatabase {
  readonly world: SimulatedWorld
  readonly latencyMsMax: number
  /** Called before a call takes effect; may kill, cut the power, or give a fault. */
  beforeCall: ((call: DatabaseCall) => DiskFault | undefined) | undefined
  /** Called when a call has taken effect, before its process hears of it. */
  afterCall: ((call: DatabaseCall) => void) | undefined
  readonly #faultChance: number
  #entries = new Map<string, Uint8Array>()
  #sortedKeys: readonly string[] | undefined
  readonly #log: BatchLog
  #owner: Incarnation | undefined
  #callCount = 0

  constructor(world: SimulatedWorld, options: SimulatedDatabaseOptions = {}) {
    this.world = world
    this.latencyMsMax = options.latencyMsMax ?? 2
    this.#faultChance = options.faultChance ?? 0
    this.#log = new BatchLog(world.random.fork('logs of a database'))
    world.onPowerLoss(() => this.#losePower())
  }

  get callCount(): number {
    return this.#callCount
  }

  /** Fails with `STREAMCORE_LEASE_HELD` while a living process has it open, be it the same one. */
  open(incarnation: Incarnation): Promise<KeyValueStore> {
    return incarnation.request(() => {
      this.beginCall('open', incarnation)
      if (this.#owner && this.#owner.state !== 'dead') {
        throw new StreamcoreError(
          'STREAMCORE_LEASE_HELD',
          `Expected the simulated database to be closed, but process ${this.#owner.number} has it open`,
        )
      }
      this.#owner = incarnation
      this.#log.reopen()
      this.endCall('open')
      return new SimulatedKeyValueStore(this, incarnation)
    }, this)
  }

  /** Counts a call and gives the fault it meets; throws when the hook ended the caller. */
  beginCall(operation: DatabaseOperation, incarnation: Incarnation): DiskFault | undefined {
    this.#callCount += 1
    const fault = this.beforeCall?.({ number: this.#callCount, operation })
    if (incarnation.state === 'dead') {
      throw new StreamcoreError('STREAMCORE_SIMULATION', 'The process died before its call took effect')
    }
    return fault ?? (this.world.chance(this.#faultChance) ? 'EIO' : undefined)
  }

  endCall(operation: DatabaseOperation): void {
    this.afterCall?.({ number: this.#callCount, operation })
  }

  get(key: string): Uint8Array | undefined {
    return this.#entries.get(key)?.slice()
  }

  apply(operations: readonly KeyValueOperation[], isSynced: boolean): void {
    this.#log.append(operations, isSynced)
    applyBatch(this.#entries, operations)
    this.#sortedKeys = undefined
  }

  entriesIn(range: KeyValueRange): readonly KeyValueEntry[] {
    const keys = (this.#sortedKeys ??= [...this.#entries.keys()].sort(compareUtf8))
    const inRange = keys.slice(lowerBound(keys, range.gte), lowerBound(keys, range.lt))
    if (range.reverse) inRange.reverse()
    return inRange.slice(0, range.limit).flatMap((key) => {
      const value = this.get(key)
      return value ? [{ key, value }] : []
    })
  }

  closedBy(incarnation: Incarnation): void {
    if (this.#owner === incarnation) this.#owner = undefined
  }

  /** All keys in order; for oracles. */
  keys(): readonly string[] {
    return [...this.#entries.keys()].sort(compareUtf8)
  }

  /** Changes a value, or drops it, behind everyone's back: LevelDB opens happily after such damage. */
  damage(key: string, change: (value: Uint8Array) => Uint8Array | undefined): void {
    const value = this.get(key)
    if (!value) throw new StreamcoreError('STREAMCORE_SIMULATION', `There is no key ${key} to damage`)
    const changed = change(value)
    const operation: KeyValueOperation = changed
      ? { kind: 'put', key, value: changed }
      : { kind: 'delete', key }
    this.apply([operation], true)
  }

  #losePower(): void {
    this.#entries = new Map(this.#log.losePower())
    this.#sortedKeys = undefined
    this.#owner = undefined
  }
}

/** Index of the first key that is not before `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    const candidate = keys[middle]
    if (candidate !== undefined && compareUtf8(candidate, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
