/** What a simulated database has not made durable yet, in logs like those of LevelDB. */
import type { KeyValueOperation } from '../contracts/ports/key-value-store.js'
import type { Random } from '../contracts/ports/random.js'

const switchChance = 1 / 12

interface LoggedBatch {
  readonly operations: readonly KeyValueOperation[]
  readonly log: number
  isDurable: boolean
}

/**
 * A power loss takes the last unsynced batches of each log. A sync reaches the current log only, so that batches of the log
 * before it can be lost although later ones are kept: LevelDB changes logs without a sync.
 */
export class BatchLog {
  readonly #random: Random
  readonly #durable: Map<string, Uint8Array> = new Map()
  #batches: LoggedBatch[] = []
  #log = 0
  #firstSyncedLog = 0

  constructor(random: Random) {
    this.#random = random
  }

  append(operations: readonly KeyValueOperation[], isSynced: boolean): void {
    this.#batches.push({ operations, log: this.#log, isDurable: false })
    if (isSynced) this.#markDurable((batch) => batch.log >= this.#firstSyncedLog)
    if (this.#random.float() < switchChance) this.#switchLog()
  }

  /** A new opener reads all logs, and its first sync covers what it found there. */
  reopen(): void {
    this.#firstSyncedLog = 0
  }

  /** What is left. */
  losePower(): ReadonlyMap<string, Uint8Array> {
    let cutLog = -1
    for (const batch of this.#batches) {
      if (!batch.isDurable && batch.log !== cutLog && this.#random.below(2) === 0) cutLog = batch.log
      if (batch.isDurable || batch.log !== cutLog) applyBatch(this.#durable, batch.operations)
    }
    this.#batches = []
    return this.#durable
  }

  #switchLog(): void {
    // The table of the log before was written and synced, or there would be no room for another.
    const previous = this.#log
    this.#markDurable((batch) => batch.log < previous)
    this.#log += 1
    this.#firstSyncedLog = this.#log
  }

  #markDurable(isCovered: (batch: LoggedBatch) => boolean): void {
    for (const batch of this.#batches) batch.isDurable ||= isCovered(batch)
    let settled = 0
    for (const batch of this.#batches) {
      if (!batch.isDurable) break
      applyBatch(this.#durable, batch.operations)
      settled += 1
    }
    if (settled > 0) this.#batches = this.#batches.slice(settled)
  }
}

/** Applies all operations in their order. */
export function applyBatch(entries: Map<string, Uint8Array>, operations: readonly KeyValueOperation[]): void {
  for (const operation of operations) {
    if (operation.kind === 'put') entries.set(operation.key, operation.value)
    else entries.delete(operation.key)
  }
}
