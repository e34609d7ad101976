/** A copy-on-write snapshot of the heap backend. */
import { assert } from '../contracts/assert.js'
import type { KeyGroupRange } from '../contracts/key-groups.js'
import type { KeyedSnapshot, TimeDomain } from '../contracts/state/keyed-state-backend.js'
import type { StateDescription } from '../contracts/state/state-descriptors.js'
import { KeyedBlockWriter } from '../serde/block-writer.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { cloneValue } from '../serde/value-codec.js'
import { type Entry, readSlot } from './entry.js'
import { SharedMap } from './heap-map-state.js'
import type { EntrySaver, KeyedEntries } from './keyed-entries.js'
import { timeDomains, timerColumns } from './state-columns.js'
import type { Timer } from './timer-buckets.js'
import type { HeapTimerQueue } from './timer-queue.js'

/** What a snapshot is taken of. */
export interface HeapSnapshotOptions {
  readonly uid: string
  readonly keyGroups: KeyGroupRange
  readonly descriptions: readonly StateDescription[]
  readonly entries: KeyedEntries
  readonly timers: HeapTimerQueue
  /** Called once, when the snapshot is written or given up. */
  readonly onEnd: () => void
}

/**
 * Holds what existed when it was made. An entry is saved before its key becomes current again, a timer before it goes;
 * `writeSlice` saves the others. A saved entry waits in the writer until a block is full, so what may change in place
 * meanwhile is copied: lists by their elements, maps by whoever changes them first, accumulators by the codec.
 */
export class HeapSnapshot implements KeyedSnapshot, EntrySaver {
  readonly #options: HeapSnapshotOptions
  readonly #states: KeyedBlockWriter
  readonly #timers: KeyedBlockWriter
  readonly #entryWalk: Iterator<Entry>
  readonly #timerWalks: readonly (readonly [TimeDomain, Iterator<readonly [number, Timer]>])[]
  #entriesLeft: number
  readonly #timersLeft: Record<TimeDomain, number>
  #pendingMaps: SharedMap<unknown, unknown>[] = []
  #hasPendingAccumulators = false
  #isWalking = false
  #isActive = true

  constructor(options: HeapSnapshotOptions) {
    const { uid, descriptions, entries, timers } = options
    this.#options = options
    this.#states = new KeyedBlockWriter({ section: 'state', columns: descriptions, uid })
    this.#timers = new KeyedBlockWriter({ section: 'timers', columns: timerColumns, uid })
    this.#entriesLeft = entries.count()
    this.#timersLeft = { event: timers.event.count, processing: timers.processing.count }
    this.#entryWalk = entries.beginSnapshot(this)
    this.#timerWalks = timeDomains.map((domain) => {
      const saveTimer = (timer: Timer, timestampMs: number): void =>
        this.#saveTimer(domain, timer, timestampMs)
      return [domain, timers.of(domain).beginSnapshot({ saveTimer })]
    })
  }

  writeSlice(maxEntries: number): boolean {
    assert(maxEntries >= 1, 'a slice has at least one entry')
    if (!this.#isActive) return true
    this.#isWalking = true
    let budget = maxEntries
    for (; budget > 0 && this.#entriesLeft > 0; budget--) {
      const next = this.#entryWalk.next()
      assert(next.done !== true, 'entries that are not written are still to come')
      this.#options.entries.saveOnce(next.value)
    }
    for (const [domain, walk] of this.#timerWalks) {
      for (; budget > 0 && this.#timersLeft[domain] > 0; budget--) {
        const next = walk.next()
        assert(next.done !== true, 'timers that are not written are still to come')
        this.#options.timers.of(domain).saveOnce(next.value[1], next.value[0])
      }
    }
    this.#isWalking = false
    const isComplete = this.#entriesLeft + this.#timersLeft.event + this.#timersLeft.processing === 0
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
    return [...this.#states.takeBlocks(), ...this.#timers.takeBlocks()]
  }

  abort(): void {
    if (!this.#isActive) return
    this.#releaseMaps()
    this.#end()
  }

  save(entry: Entry): void {
    const { descriptions, keyGroups } = this.#options
    if (entry.keyGroup < 0) entry.keyGroup = keyGroupOfKey(entry.key)
    assertInRange(entry.keyGroup, keyGroups)
    const cells = descriptions.map((description, slot) =>
      this.#cell(description, readSlot(entry, slot), entry),
    )
    this.#states.add(entry.keyGroup, entry.key, cells)
    this.#entriesLeft--
    if (this.#states.pendingRows === 0) this.#releaseMaps()
  }

  #cell(description: StateDescription, content: unknown, entry: Entry): unknown {
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
      case 'reducing': {
        if (typeof content !== 'object') return content
        // On a walk nothing changes before the slice ends, and then it is flushed.
        if (this.#isWalking) this.#hasPendingAccumulators = true
        const place = { what: `state "${description.name}"`, uid: this.#options.uid, key: entry.key }
        return this.#isWalking ? content : cloneValue(content, place)
      }
    }
  }

  #saveTimer(domain: TimeDomain, timer: Timer, timestampMs: number): void {
    const keyGroup = keyGroupOfKey(timer.key)
    assertInRange(keyGroup, this.#options.keyGroups)
    this.#timers.add(keyGroup, timer.key, [timeDomains.indexOf(domain), timestampMs])
    this.#timersLeft[domain]--
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
    this.#options.entries.endSnapshot()
    for (const domain of timeDomains) this.#options.timers.of(domain).endSnapshot()
    this.#options.onEnd()
  }
}

function assertInRange(keyGroup: number, { start, end }: KeyGroupRange): void {
  assert(
    keyGroup >= start && keyGroup <= end,
    `key group ${keyGroup} belongs to this subtask (${start} to ${end})`,
  )
}
