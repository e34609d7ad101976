/** A copy-on-write snapshot of the heap backend: of everything, or of what has changed since the last durable one. */
import { assert } from '../contracts/assert.js'
import type { Key } from '../contracts/key.js'
import type { KeyGroupRange } from '../contracts/key-groups.js'
import type { KeyedSnapshot, KeyedSnapshotKind, TimeDomain } from '../contracts/state/keyed-state-backend.js'
import type { StateDescription } from '../contracts/state/state-descriptors.js'
import { KeyedBlockWriter } from '../serde/block-writer.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { cloneValue } from '../serde/value-codec.js'
import type { Changes } from './change-tracker.js'
import { SharedMap } from './heap-map-state.js'
import { noRow } from './integer-index.js'
import type { KeyedEntries } from './keyed-entries.js'
import { timeDomains, timerColumns } from './state-columns.js'
import type { Timer } from './timer-buckets.js'
import type { HeapTimerQueue } from './timer-queue.js'

/** What a snapshot is taken of. */
export interface HeapSnapshotOptions {
  readonly kind: KeyedSnapshotKind
  readonly uid: string
  readonly keyGroups: KeyGroupRange
  readonly descriptions: readonly StateDescription[]
  readonly entries: KeyedEntries
  readonly timers: HeapTimerQueue
  /** Another snapshot may be asked for what has changed since this one. */
  readonly tracksChanges: boolean
  /** Called once, when the snapshot is written or given up. */
  readonly onEnd: () => void
}

/** Timers of one domain. */
interface TimerShare {
  readonly domain: TimeDomain
  readonly count: number
  readonly changes: Changes<Timer>
}

/**
 * Holds what existed when it was made. An entry is saved before it changes, a timer before it goes; `writeSlice` saves the
 * others. A saved entry waits in the writer until a block is full, so what may change in place meanwhile is copied: lists by
 * their elements, maps by whoever changes them first, accumulators by the codec.
 */
export class HeapSnapshot implements KeyedSnapshot {
  readonly kind: KeyedSnapshotKind
  readonly #options: HeapSnapshotOptions
  readonly #states: KeyedBlockWriter
  readonly #timers: KeyedBlockWriter
  readonly #clearedKeys: KeyedBlockWriter | undefined
  readonly #removedTimers: KeyedBlockWriter | undefined
  readonly #work: Iterator<void, void>
  /** Of the row being added; used again for each. */
  readonly #cells: unknown[] = []
  /** Entries and timers that may still be visited in this slice. */
  #budget = 0
  #savedEntries = 0
  #savedTimers: Record<TimeDomain, number> = { event: 0, processing: 0 }
  #areRemovalsWritten = false
  #pendingMaps: SharedMap<unknown, unknown>[] = []
  #hasPendingAccumulators = false
  #isWalking = false
  #isActive = true

  constructor(options: HeapSnapshotOptions) {
    const { kind, uid, descriptions, entries, timers, tracksChanges } = options
    this.#options = options
    this.kind = kind
    const isDelta = kind === 'delta'
    this.#states = new KeyedBlockWriter({ section: 'state', columns: descriptions, uid, isDelta })
    this.#timers = new KeyedBlockWriter({ section: 'timers', columns: timerColumns, uid, isDelta })
    if (isDelta) {
      this.#clearedKeys = new KeyedBlockWriter({ section: 'cleared-keys', columns: [], uid, isDelta })
      const section = 'removed-timers'
      this.#removedTimers = new KeyedBlockWriter({ section, columns: timerColumns, uid, isDelta })
    }
    entries.leaveKey()
    const count = entries.count()
    const removed = entries.changes.beginSnapshot(kind, (row) => this.#saveEntry(row), tracksChanges)
    const shares = timeDomains.map((domain) => {
      const buckets = timers.of(domain)
      const save = (timer: Timer): void => this.#saveTimer(domain, timer)
      return {
        domain,
        count: buckets.count,
        changes: buckets.changes.beginSnapshot(kind, save, tracksChanges),
      }
    })
    this.#work = isDelta ? this.#saveChanges(removed, shares) : this.#saveAll(count, shares)
  }

  writeSlice(maxEntries: number): boolean {
    assert(maxEntries >= 1, 'a slice has at least one entry')
    if (!this.#isActive) return true
    this.#budget = maxEntries
    this.#isWalking = true
    const isComplete = this.#work.next().done === true
    this.#isWalking = false
    if (isComplete || this.#hasPendingAccumulators) this.#flushStates()
    if (isComplete) {
      this.#timers.flush()
      this.#end()
    }
    return isComplete
  }

  waitsFor(): undefined {
    return undefined
  }

  takeBlocks(): readonly Uint8Array[] {
    const removals = [this.#clearedKeys, this.#removedTimers].flatMap((writer) => writer?.takeBlocks() ?? [])
    // What was saved before its change may have come back after it was removed: nothing may overtake the removals.
    if (!this.#areRemovalsWritten) return removals
    return [...removals, ...this.#states.takeBlocks(), ...this.#timers.takeBlocks()]
  }

  abort(): void {
    if (!this.#isActive) return
    this.#releaseMaps()
    this.#end()
  }

  /** The walk of a full snapshot. What is to come is known from the start, so new keys cannot prolong it. */
  *#saveAll(count: number, shares: readonly TimerShare[]): Generator<void, void> {
    const { timers } = this.#options
    this.#areRemovalsWritten = true
    yield* this.#saveRows()
    assert(this.#savedEntries === count, 'every entry is saved once')
    for (const share of shares) {
      if (this.#savedTimers[share.domain] === share.count) continue
      for (const timer of timers.of(share.domain).all()) {
        timers.of(share.domain).changes.saveOnce(timer)
        if (this.#savedTimers[share.domain] === share.count) break
        if (--this.#budget <= 0) yield
      }
      assert(this.#savedTimers[share.domain] === share.count, 'every timer is saved once')
    }
  }

  /** The walk of a delta: first what was removed, because it may have been added again. */
  *#saveChanges(removed: readonly Key[], shares: readonly TimerShare[]): Generator<void, void> {
    const { timers } = this.#options
    for (const key of removed) {
      this.#clearedKeys?.add(this.#ownKeyGroup(keyGroupOfKey(key)), key, [])
      if (--this.#budget <= 0) yield
    }
    this.#clearedKeys?.flush()
    for (const { domain, changes: timerChanges } of shares) {
      for (const timer of timerChanges.removed) {
        this.#addTimer(this.#removedTimers, domain, timer)
        if (--this.#budget <= 0) yield
      }
    }
    this.#removedTimers?.flush()
    this.#areRemovalsWritten = true
    yield* this.#saveRows()
    for (const { domain, changes: timerChanges } of shares) {
      for (const timer of timerChanges.changed) {
        timers.of(domain).changes.saveOnce(timer)
        if (--this.#budget <= 0) yield
      }
    }
  }

  /** One row after the other: that is how they lie in memory. */
  *#saveRows(): Generator<void, void> {
    const { changes } = this.#options.entries
    for (let row = changes.nextUnsaved(0); row !== noRow; row = changes.nextUnsaved(row + 1)) {
      changes.save(row)
      if (--this.#budget <= 0) yield
    }
  }

  #saveEntry(row: number): void {
    const { descriptions, entries } = this.#options
    const { table } = entries
    const cells = this.#cells
    for (let slot = 0; slot < descriptions.length; slot++) {
      cells[slot] = this.#cell(descriptions[slot]!, table.read(row, slot), row)
    }
    this.#states.add(this.#ownKeyGroup(table.keyGroupAt(row)), table.keyAt(row), cells)
    this.#savedEntries++
    if (this.#states.pendingRows === 0) this.#releaseMaps()
  }

  #ownKeyGroup(keyGroup: number): number {
    const { start, end } = this.#options.keyGroups
    // The message would cost more than the rest of an entry.
    if (keyGroup < start || keyGroup > end) {
      assert(false, `key group ${keyGroup} belongs to this subtask (${start} to ${end})`)
    }
    return keyGroup
  }

  #cell(description: StateDescription, content: unknown, row: number): unknown {
    if (content === undefined) return undefined
    switch (description.kind) {
      case 'value':
        return content
      case 'list':
        return Array.isArray(content) ? content.slice() : content
      case 'map':
        if (!(content instanceof SharedMap)) return content
        content.readers++
        this.#pendingMaps.push(content)
        return content.map
      case 'reducing':
        return typeof content === 'object' ? this.#accumulator(description, content, row) : content
    }
  }

  #accumulator({ name }: StateDescription, content: unknown, row: number): unknown {
    if (this.#isWalking) {
      // Nothing changes before the slice ends, and then it is flushed.
      this.#hasPendingAccumulators = true
      return content
    }
    const { entries, uid } = this.#options
    return cloneValue(content, { what: `state "${name}"`, uid, key: entries.table.keyAt(row) })
  }

  #saveTimer(domain: TimeDomain, timer: Timer): void {
    this.#addTimer(this.#timers, domain, timer)
    this.#savedTimers[domain]++
  }

  #addTimer(writer: KeyedBlockWriter | undefined, domain: TimeDomain, timer: Timer): void {
    const keyGroup = this.#ownKeyGroup(keyGroupOfKey(timer.key))
    writer?.add(keyGroup, timer.key, [timeDomains.indexOf(domain), timer.bucket.timestampMs])
  }

  #flushStates(): void {
    this.#states.flush()
    this.#releaseMaps()
  }

  #releaseMaps(): void {
    for (const map of this.#pendingMaps) map.readers--
    this.#pendingMaps = []
    this.#hasPendingAccumulators = false
  }

  #end(): void {
    this.#isActive = false
    this.#options.entries.changes.endSnapshot()
    for (const domain of timeDomains) this.#options.timers.of(domain).changes.endSnapshot()
    this.#options.onEnd()
  }
}
