/** A simulated database as one process has it open. */
import { StreamcoreError } from '../contracts/errors.js'
import type {
  KeyValueEntry,
  KeyValueOperation,
  KeyValueRange,
  KeyValueStore,
} from '../contracts/ports/key-value-store.js'
import type { DiskFault } from './disk-call.js'
import type { Incarnation } from './incarnation.js'
import type { DatabaseOperation, SimulatedDatabase } from './simulated-database.js'

/** Passes the contract suite of LevelDB. After its first error it fails for ever, as LevelDB does. */
export class SimulatedKeyValueStore implements KeyValueStore {
  readonly #database: SimulatedDatabase
  readonly #incarnation: Incarnation
  #unusable: string | undefined

  constructor(database: SimulatedDatabase, incarnation: Incarnation) {
    this.#database = database
    this.#incarnation = incarnation
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#call('get', () => this.#database.get(key))
  }

  getSync(key: string): Uint8Array | undefined {
    this.#checkUsable()
    const fault = this.#database.beginCall('getSync', this.#incarnation)
    if (fault) this.#fail('getSync', fault)
    const value = this.#database.get(key)
    this.#database.endCall('getSync')
    return value
  }

  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#call('getMany', () => keys.map((key) => this.#database.get(key)))
  }

  batch(operations: readonly KeyValueOperation[], options: { readonly sync: boolean }): Promise<void> {
    // The caller may use its bytes again as soon as it has called.
    const copies = operations.map((each) =>
      each.kind === 'put' ? { ...each, value: each.value.slice() } : each,
    )
    return this.#call(
      'batch',
      () => this.#database.apply(copies, options.sync),
      // A batch that failed may be there nevertheless.
      () => {
        if (this.#database.world.random.below(2) === 0) this.#database.apply(copies, false)
      },
    )
  }

  entries(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    return this.#call('entries', () => this.#database.entriesIn(range))
  }

  async close(): Promise<void> {
    this.#unusable = 'it was closed'
    this.#database.closedBy(this.#incarnation)
  }

  async #call<T>(operation: DatabaseOperation, apply: () => T, partly?: () => void): Promise<T> {
    this.#checkUsable()
    return await this.#incarnation.request(() => {
      this.#checkUsable()
      const fault = this.#database.beginCall(operation, this.#incarnation)
      if (fault) {
        partly?.()
        this.#fail(operation, fault)
      }
      const value = apply()
      this.#database.endCall(operation)
      return value
    }, this.#database)
  }

  #fail(operation: DatabaseOperation, fault: DiskFault): never {
    this.#unusable = `an earlier ${operation} failed with ${fault}`
    throw new StreamcoreError('STREAMCORE_IO', `Expected to ${operation}, got: ${fault}`)
  }

  #checkUsable(): void {
    if (this.#unusable === undefined) return
    throw new StreamcoreError(
      'STREAMCORE_IO',
      `Expected the simulated database to be usable, but ${this.#unusable}; open it anew`,
    )
  }
}
