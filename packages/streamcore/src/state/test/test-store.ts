/** A key-value store in memory whose calls are answered when the test lets them, in any order. */
import type {
  KeyValueEntry,
  KeyValueOperation,
  KeyValueRange,
  KeyValueStore,
} from '../../contracts/ports/key-value-store.js'

/** Calls take effect in the order they are let through; without {@link TestStore.isHeld} that is at once. */
export class TestStore implements KeyValueStore {
  /** Whether calls wait for {@link letOne}. */
  isHeld = false
  writtenBytes = 0
  batchCount = 0
  readonly #rows = new Map<string, Uint8Array>()
  readonly #held: { readonly name: string; readonly run: () => void }[] = []
  #failure: Error | undefined

  get size(): number {
    return this.#rows.size
  }

  /** The calls that wait. */
  get held(): readonly string[] {
    return this.#held.map(({ name }) => name)
  }

  /** Lets a waiting call take effect, and its caller go on. */
  async letOne(name: string): Promise<void> {
    const index = this.#held.findIndex((call) => call.name === name)
    const [call] = this.#held.splice(index, index < 0 ? 0 : 1)
    if (call === undefined) throw new Error(`No call ${name} waits, only ${this.held.join(', ')}`)
    call.run()
    await settle()
  }

  /** Lets the next call that takes effect fail. */
  breakNext(failure: Error): void {
    this.#failure = failure
  }

  /** Lets everything happen that has begun. */
  async idle(): Promise<void> {
    this.isHeld = false
    for (let rounds = 0; rounds < 100; rounds++) {
      for (const { run } of this.#held.splice(0)) run()
      await settle()
    }
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#call('get', () => this.#rows.get(key))
  }

  getSync(key: string): Uint8Array | undefined {
    return this.#rows.get(key)
  }

  /** Reads now and answers later, as threads of a store may. */
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const values = keys.map((key) => this.#rows.get(key))
    return this.#call('getMany', () => values)
  }

  batch(operations: readonly KeyValueOperation[]): Promise<void> {
    return this.#call('batch', () => {
      this.batchCount++
      for (const operation of operations) {
        if (operation.kind === 'put') this.#rows.set(operation.key, operation.value)
        else this.#rows.delete(operation.key)
        if (operation.kind === 'put') this.writtenBytes += operation.value.length
      }
    })
  }

  entries({ gte, lt, limit }: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    const keys = [...this.#rows.keys()].filter((key) => key >= gte && key < lt).sort()
    const entries = keys.slice(0, limit).flatMap((key) => {
      const value = this.#rows.get(key)
      return value === undefined ? [] : [{ key, value }]
    })
    return this.#call('entries', () => entries)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #call<T>(name: string, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = () => {
        const failure = this.#failure
        this.#failure = undefined
        if (failure === undefined) resolve(effect())
        else reject(failure)
      }
      if (this.isHeld) this.#held.push({ name, run })
      else run()
    })
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
