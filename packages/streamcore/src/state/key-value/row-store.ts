/** The rows of a backend: written behind in one queue, read as if every write had happened at once. */
import { assert } from '../../contracts/assert.js'
import type {
  KeyValueEntry,
  KeyValueOperation,
  KeyValueRange,
  KeyValueStore,
} from '../../contracts/ports/key-value-store.js'
import { endOfPrefix } from './row-keys.js'

/** Bytes waiting to be written from which whoever can wait must wait. */
const queuedBytesMax = 8 * 1_024 * 1_024
/** Rows of a dropped prefix that are deleted at a time. */
const dropPageRows = 1_000
/** Dropped prefixes from which whoever can wait must wait. */
const droppedMax = 10_000

/**
 * One batch is under way at a time, and the next one takes everything that has been queued meanwhile. A row that is written
 * again while its earlier write is under way is in both; the queued one is newer. After the first failure every use fails.
 */
export class RowStore {
  readonly #store: KeyValueStore
  #queued = new Map<string, KeyValueOperation>()
  #underWay = new Map<string, KeyValueOperation>()
  #queuedBytes = 0
  #underWayBytes = 0
  /** The last batch, done or to come; it never rejects. */
  #lastBatch: Promise<void> = Promise.resolve()
  #hasBatchToCome = false
  #failure: { readonly error: unknown } | undefined = undefined
  #isClosed = false
  /** Prefixes whose rows nobody reads any more. */
  #dropped: string[] = []
  /** Deletes what was dropped until nothing is left; never rejects. */
  #deleting: Promise<void> | undefined = undefined

  constructor(store: KeyValueStore) {
    this.#store = store
  }

  /** What whoever can wait must wait for, because too much is to be written or deleted; undefined when there is room. */
  whenRoom(): Promise<void> | undefined {
    if (this.#dropped.length > droppedMax) return this.#deleting?.then(() => this.assertUsable())
    return this.#isFull ? this.flush() : undefined
  }

  /** Throws what made an earlier read or write fail. */
  assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** The row as it was last written. */
  read(row: string): Uint8Array | undefined {
    this.assertUsable()
    const waiting = this.waiting(row)
    if (waiting !== undefined) return waiting.kind === 'put' ? waiting.value : undefined
    try {
      return this.#store.getSync(row)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** The last write of a row that the store may not know yet. */
  waiting(row: string): KeyValueOperation | undefined {
    return this.#queued.get(row) ?? this.#underWay.get(row)
  }

  /** Remembers which rows have a write that the store may not know yet; those that are queued later may count as well. */
  whatWaits(): (row: string) => boolean {
    // Copying their names would cost more than a page: there may be tens of thousands.
    const [queued, underWay] = [this.#queued, this.#underWay]
    return (row) => queued.has(row) || underWay.has(row)
  }

  put(row: string, value: Uint8Array): void {
    this.#enqueue({ kind: 'put', key: row, value })
  }

  delete(row: string): void {
    this.#enqueue({ kind: 'delete', key: row })
  }

  /** Deletes all rows that begin with the prefix, some time. None of them may be read or written again. */
  drop(prefix: string): void {
    this.#dropped.push(prefix)
    this.#deleting ??= this.#deleteDropped()
  }

  /** Rows as the store has them: what {@link waiting} says is newer. */
  async getMany(rows: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return await this.#attempt(() => this.#store.getMany(rows))
  }

  /** A page of rows as the store has them. */
  async page(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    return await this.#attempt(() => this.#store.entries(range))
  }

  /** Resolves when everything queued until now is written. */
  async flush(): Promise<void> {
    await this.#lastBatch
    this.assertUsable()
  }

  /** What is still queued need not be written: the store is deleted afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#lastBatch
    await this.#store.close()
  }

  #enqueue(operation: KeyValueOperation): void {
    assert(!this.#isClosed, 'no row is written after the backend was closed')
    const former = this.#queued.get(operation.key)
    this.#queuedBytes += sizeOf(operation) - (former === undefined ? 0 : sizeOf(former))
    this.#queued.set(operation.key, operation)
    if (this.#hasBatchToCome) return
    this.#hasBatchToCome = true
    this.#lastBatch = this.#lastBatch.then(() => this.#writeBatch())
  }

  async #writeBatch(): Promise<void> {
    this.#hasBatchToCome = false
    if (this.#isClosed || this.#failure !== undefined) return
    this.#underWay = this.#queued
    this.#underWayBytes = this.#queuedBytes
    this.#queued = new Map()
    this.#queuedBytes = 0
    try {
      await this.#store.batch([...this.#underWay.values()], { sync: false })
    } catch (error) {
      this.#failed(error)
    }
    this.#underWay = new Map()
    this.#underWayBytes = 0
  }

  /** A failure is kept, and every later use throws it. */
  async #deleteDropped(): Promise<void> {
    try {
      while (this.#dropped.length > 0) {
        // All that wait together: one after the other they would wait for a batch each.
        const prefixes = this.#dropped
        this.#dropped = []
        // Rows of the prefixes may still be on their way; none is added after this.
        await this.flush()
        for (const prefix of prefixes) await this.#deleteRows(prefix)
      }
    } catch (error) {
      this.#failed(error)
    }
    this.#deleting = undefined
  }

  async #deleteRows(prefix: string): Promise<void> {
    for (let isPageFull = true; isPageFull && !this.#isClosed; ) {
      const rows = await this.page({ gte: prefix, lt: endOfPrefix(prefix), limit: dropPageRows })
      if (this.#isClosed) return
      for (const { key } of rows) this.delete(key)
      isPageFull = rows.length === dropPageRows
      // Else the next page would hold them again.
      if (isPageFull || this.#isFull) await this.flush()
    }
  }

  get #isFull(): boolean {
    return this.#queuedBytes + this.#underWayBytes > queuedBytesMax
  }

  async #attempt<T>(run: () => Promise<T>): Promise<T> {
    this.assertUsable()
    try {
      return await run()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** Remembers the first failure; whether a failed write took effect nobody knows. */
  #failed(error: unknown): unknown {
    this.#failure ??= { error }
    return error
  }
}

function sizeOf(operation: KeyValueOperation): number {
  // The text of a key takes a byte a character, the objects around it some more.
  return 100 + operation.key.length + (operation.kind === 'put' ? operation.value.length : 0)
}
