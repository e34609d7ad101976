/** The inputs of one subtask: takes elements from its channels in turn and aligns barriers. */
import { assert } from '../contracts/assert.js'
import type { Input } from '../operators/input.js'
import { type Channel, type ChannelEvent, isChannelEvent } from './channel.js'

/** What a gate tells its task. */
export interface GateListener {
  /** The barrier of this checkpoint has come on every channel; everything before it was processed, nothing after it. */
  aligned(checkpointId: number): void
}

/** What the gate needs to choose the next channel. */
export interface ChannelChooser {
  next(count: number): number
}

/** A channel and where its elements go. */
export interface GateChannel {
  readonly channel: Channel
  /** The channel's own entrance into the operator's input. */
  readonly input: Input
}

/** The input gate of a subtask. */
export class InputGate {
  readonly #channels: readonly GateChannel[]
  readonly #chooser: ChannelChooser
  #listener: GateListener | undefined
  /** The checkpoint whose barriers are being collected. */
  #aligning: { readonly checkpointId: number; readonly arrived: Set<Channel> } | undefined
  #lastCheckpointId = 0

  constructor(channels: readonly GateChannel[], chooser: ChannelChooser) {
    this.#chooser = chooser
    this.#channels = channels
  }

  /** The task that the gate belongs to. */
  listen(listener: GateListener): void {
    this.#listener = listener
  }

  /** Takes up to `max` elements while `mayContinue`; gives how many. */
  poll(max: number, mayContinue: () => boolean): number {
    let taken = 0
    let ready = this.#ready()
    while (taken < max && ready.length > 0 && mayContinue()) {
      const at = ready.length === 1 ? 0 : this.#chooser.next(ready.length)
      const chosen = ready[at]
      assert(chosen !== undefined, 'the chooser chooses among the ready channels')
      taken += this.#drain(chosen, max - taken, mayContinue)
      ready = this.#ready()
    }
    return taken
  }

  #ready(): GateChannel[] {
    return this.#channels.filter(({ channel }) => channel.size > 0 && !channel.isBlocked)
  }

  #drain(from: GateChannel, max: number, mayContinue: () => boolean): number {
    const { channel, input } = from
    let taken = 0
    while (taken < max && channel.size > 0 && !channel.isBlocked && mayContinue()) {
      const timestampMs = channel.headTimestampMs()
      const value = channel.shift()
      taken++
      // NaN is the one number that differs from itself; it marks events.
      if (timestampMs === timestampMs) input.processElement(value, timestampMs)
      else if (isChannelEvent(value)) this.#event(from, value)
    }
    return taken
  }

  #event(from: GateChannel, event: ChannelEvent): void {
    switch (event.kind) {
      case 'watermark':
        return from.input.processWatermark(event.watermarkMs)
      case 'idleness':
        return from.input.processIdleness(event.isIdle)
      case 'end':
        return from.input.processEnd()
      case 'barrier':
        return this.#barrier(from.channel, event.checkpointId)
    }
  }

  /** A newer barrier drops the alignment of an older checkpoint, which has failed; an older barrier means nothing any more. */
  #barrier(channel: Channel, checkpointId: number): void {
    const current = this.#aligning?.checkpointId ?? this.#lastCheckpointId
    if (checkpointId < current || checkpointId <= this.#lastCheckpointId) return
    if (this.#aligning === undefined || checkpointId > this.#aligning.checkpointId) {
      this.#unblock()
      this.#aligning = { checkpointId, arrived: new Set() }
    }
    this.#aligning.arrived.add(channel)
    channel.isBlocked = true
    if (this.#aligning.arrived.size < this.#channels.length) return
    this.#lastCheckpointId = checkpointId
    this.#listener?.aligned(checkpointId)
    this.#unblock()
    this.#aligning = undefined
  }

  #unblock(): void {
    for (const { channel } of this.#channels) channel.isBlocked = false
  }
}
