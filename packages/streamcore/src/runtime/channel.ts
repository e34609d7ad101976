/** A channel between two subtasks of one thread: first in, first out, references instead of copies, bounded by credit. */
import { assert } from '../contracts/assert.js'
import type { FlowControl } from '../operators/source/source-operator.js'

/** What flows on a channel besides records; one order with them. */
export type ChannelEvent =
  | { readonly kind: 'watermark'; readonly watermarkMs: number }
  | { readonly kind: 'barrier'; readonly checkpointId: number }
  | { readonly kind: 'idleness'; readonly isIdle: boolean }
  | { readonly kind: 'end' }

/** The end of a channel that is written. */
export interface ChannelWriter {
  push(value: unknown, timestampMs: number): void
  pushEvent(event: ChannelEvent): void
}

/** Records a channel holds before its producer has to wait; a call under way may exceed it. */
export const channelCapacity = 1_024

/** A ring of values and timestamps. Events have the timestamp NaN, which no record has. */
export class Channel implements ChannelWriter {
  /** The flow control of the producing task; counts full channels. */
  readonly #producer: FlowControl
  #values: unknown[] = new Array<unknown>(64)
  #timestampsMs: number[] = new Array<number>(64).fill(0)
  #head = 0
  #size = 0
  #isFull = false
  /** Set by the input gate: nothing may be taken before the alignment is over. */
  isBlocked = false

  constructor(producer: FlowControl) {
    this.#producer = producer
  }

  get size(): number {
    return this.#size
  }

  push(value: unknown, timestampMs: number): void {
    if (this.#size === this.#values.length) this.#grow()
    const at = (this.#head + this.#size) & (this.#values.length - 1)
    this.#values[at] = value
    this.#timestampsMs[at] = timestampMs
    this.#size++
    if (this.#size >= channelCapacity && !this.#isFull) {
      this.#isFull = true
      this.#producer.fullOutputs++
    }
  }

  pushEvent(event: ChannelEvent): void {
    this.push(event, Number.NaN)
  }

  /** Timestamp of the first element; NaN for an event. Only when the channel is not empty. */
  headTimestampMs(): number {
    const timestampMs = this.#timestampsMs[this.#head]
    assert(timestampMs !== undefined && this.#size > 0, 'an empty channel is not asked for its head')
    return timestampMs
  }

  /** Takes the first element's value. */
  shift(): unknown {
    const value = this.#values[this.#head]
    // The slot would keep the record alive until it is overwritten.
    this.#values[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#values.length - 1)
    this.#size--
    if (this.#isFull && this.#size < channelCapacity / 2) {
      this.#isFull = false
      this.#producer.fullOutputs--
    }
    return value
  }

  #grow(): void {
    const size = this.#values.length
    const values = new Array<unknown>(size * 2)
    const timestampsMs = new Array<number>(size * 2).fill(0)
    for (let index = 0; index < size; index++) {
      const from = (this.#head + index) & (size - 1)
      values[index] = this.#values[from]
      timestampsMs[index] = this.#timestampsMs[from] ?? 0
    }
    this.#values = values
    this.#timestampsMs = timestampsMs
    this.#head = 0
  }
}

/** Whether a channel's value is an event; the runtime only asks when the timestamp is NaN. */
export function isChannelEvent(value: unknown): value is ChannelEvent {
  return typeof value === 'object' && value !== null && 'kind' in value
}
