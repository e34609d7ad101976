/** The ends of the channels that cross threads: batches of elements one way, credit for them the other way. */
import { assert } from '../../contracts/assert.js'
import type { TransportLink } from '../../contracts/ports/transport.js'
import type { FlowControl } from '../../operators/source/source-operator.js'
import { decodeElements, encodeElements } from '../../serde/element-batch.js'
import { Channel, type ChannelEvent, type ChannelWriter, isChannelEvent } from '../channel.js'

/** What bounds the elements between two threads; the same in all workers of a run. */
export interface CrossingLimits {
  /** Batches on their way per channel: this and their size bound what a thread holds for others. */
  readonly credits: number
  /** Elements of a batch, at most; a call under way may exceed it. */
  readonly batchElements: number
  /** A channel that holds fewer elements takes the next batch. */
  readonly refillBelow: number
}

const realLimits: CrossingLimits = { credits: 4, batchElements: 1_024, refillBelow: 256 }
/** Batches of large records are shorter. */
const batchBytesTarget = 256 * 1_024
/** Header of a batch: kind, channel, newest barrier in it. */
const headerBytes = 12

const messageKind = { batch: 0, credit: 1 } as const

/** Options of {@link ThreadExchange}. */
export interface ThreadExchangeOptions {
  /** By the worker at the other end. */
  readonly links: ReadonlyMap<number, TransportLink>
  readonly notify: () => void
  /** Simulations draw small ones, which a few records meet. */
  readonly limits?: CrossingLimits
}

/** All channels between this worker and the others. Elements move when the task loop says so, between two rounds. */
export class ThreadExchange {
  readonly #options: ThreadExchangeOptions
  readonly #limits: CrossingLimits
  readonly #outputs = new Map<number, OutgoingChannel>()
  readonly #inputs = new Map<number, IncomingChannel>()
  /** Inputs with batches in hand. */
  readonly #waiting = new Set<IncomingChannel>()
  #knownBarrierId = 0

  constructor(options: ThreadExchangeOptions) {
    this.#options = options
    this.#limits = options.limits ?? realLimits
    for (const link of options.links.values()) link.receive((bytes) => this.#received(bytes))
  }

  /** The writing end of a channel to another worker. */
  output(number: number, worker: number, flow: FlowControl): ChannelWriter {
    const output = new OutgoingChannel({ number, link: this.#linkTo(worker), limits: this.#limits }, flow)
    this.#outputs.set(number, output)
    return output
  }

  /** The reading end of a channel from another worker. */
  input(number: number, worker: number): Channel {
    const input = new IncomingChannel({ number, link: this.#linkTo(worker), limits: this.#limits })
    this.#inputs.set(number, input)
    return input.channel
  }

  /**
   * The coordinator has triggered this checkpoint, and all it said before has arrived: its barrier may come in. Without that
   * a barrier could overtake the news that the checkpoint before it was committed.
   */
  allowBarrier(barrierId: number): void {
    this.#knownBarrierId = barrierId
  }

  /** Fills the channels that run low; gives how many batches came in. */
  receive(): number {
    let taken = 0
    for (const input of this.#waiting) {
      while (input.refill(this.#knownBarrierId)) taken++
      if (input.isEmpty) this.#waiting.delete(input)
    }
    return taken
  }

  /** Sends what fills a batch; with `all` also what does not. */
  send(options: { readonly all: boolean }): void {
    for (const output of this.#outputs.values()) output.send(options.all)
  }

  #linkTo(worker: number): TransportLink {
    const link = this.#options.links.get(worker)
    assert(link !== undefined, 'every worker is linked to every other')
    return link
  }

  #received(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const number = view.getUint32(4)
    if (view.getUint8(0) === messageKind.credit) {
      this.#outputs.get(number)?.grant()
    } else {
      const input = this.#inputs.get(number)
      assert(input !== undefined, 'both ends of a channel are made before anything runs')
      input.add(bytes, view.getUint32(8))
      this.#waiting.add(input)
    }
    this.#options.notify()
  }
}

/** One end of a channel. */
interface ChannelEnd {
  readonly number: number
  readonly link: TransportLink
  readonly limits: CrossingLimits
}

class OutgoingChannel implements ChannelWriter {
  readonly #end: ChannelEnd
  readonly #flow: FlowControl
  #values: unknown[] = []
  #timestampsMs: number[] = []
  #events: { readonly before: number; readonly event: ChannelEvent }[] = []
  #newestBarrierId = 0
  #credits: number
  #isFull = false
  #elementsMax: number

  constructor(end: ChannelEnd, flow: FlowControl) {
    this.#end = end
    this.#flow = flow
    this.#credits = end.limits.credits
    this.#elementsMax = end.limits.batchElements
  }

  push(value: unknown, timestampMs: number): void {
    this.#values.push(value)
    this.#timestampsMs.push(timestampMs)
    if (this.#credits === 0) this.#judgeFullness()
  }

  pushEvent(event: ChannelEvent): void {
    const before = this.#values.length
    const last = this.#events.at(-1)
    // Watermarks only grow: of several in a row the last one says it all.
    const isRepeated = last?.before === before && last.event.kind === 'watermark'
    if (event.kind === 'watermark' && isRepeated) this.#events.pop()
    this.#events.push({ before, event })
    if (event.kind === 'barrier') this.#newestBarrierId = event.checkpointId
    if (this.#credits === 0) this.#judgeFullness()
  }

  send(all: boolean): void {
    const size = this.#values.length + this.#events.length
    if (size === 0 || this.#credits === 0 || (!all && size < this.#elementsMax)) return
    const { number, link, limits } = this.#end
    const elements = { values: this.#values, timestampsMs: this.#timestampsMs, events: this.#events }
    const bytes = encodeElements(elements, headerBytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
    view.setUint8(0, messageKind.batch)
    view.setUint32(4, number)
    view.setUint32(8, this.#newestBarrierId)
    const elementsOfTarget = Math.floor((batchBytesTarget * size) / bytes.length)
    this.#elementsMax = Math.max(1, Math.min(limits.batchElements, elementsOfTarget))
    this.#values = []
    this.#timestampsMs = []
    this.#events = []
    this.#newestBarrierId = 0
    this.#credits--
    link.send(bytes)
    this.#judgeFullness()
  }

  /** The receiver has taken a batch. */
  grant(): void {
    this.#credits++
    assert(this.#credits <= this.#end.limits.credits, 'every batch is taken once')
    this.#judgeFullness()
  }

  /** Without credit, what waits may be as much as one batch. */
  #judgeFullness(): void {
    const size = this.#values.length + this.#events.length
    const isFull = this.#credits === 0 && size >= this.#elementsMax
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    this.#flow.fullOutputs += isFull ? 1 : -1
  }
}

interface WaitingBatch {
  readonly bytes: Uint8Array
  readonly newestBarrierId: number
}

class IncomingChannel {
  /** Its producer waits for credit instead of counting full channels. */
  readonly channel: Channel = new Channel({ fullOutputs: 0 })
  readonly #end: ChannelEnd
  /** At most as many as there are credits. */
  readonly #batches: WaitingBatch[] = []

  constructor(end: ChannelEnd) {
    this.#end = end
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  add(bytes: Uint8Array, newestBarrierId: number): void {
    this.#batches.push({ bytes, newestBarrierId })
    assert(this.#batches.length <= this.#end.limits.credits, 'nothing is sent without credit')
  }

  /** Takes a batch if the channel runs low and no barrier in it comes too early; true when it did. */
  refill(knownBarrierId: number): boolean {
    const [batch] = this.#batches
    if (batch === undefined || this.channel.size >= this.#end.limits.refillBelow) return false
    if (batch.newestBarrierId > knownBarrierId) return false
    this.#batches.shift()
    const { values, timestampsMs, events } = decodeElements(batch.bytes, headerBytes)
    let nextEvent = 0
    for (let index = 0; index <= values.length; index++) {
      for (let placed = events[nextEvent]; placed?.before === index; placed = events[nextEvent]) {
        assert(isChannelEvent(placed.event), 'only events are placed between records')
        this.channel.pushEvent(placed.event)
        nextEvent++
      }
      if (index < values.length) this.channel.push(values[index], timestampsMs[index] ?? Number.NaN)
    }
    this.#grant()
    return true
  }

  #grant(): void {
    const bytes = new Uint8Array(8)
    const view = new DataView(bytes.buffer)
    view.setUint8(0, messageKind.credit)
    view.setUint32(4, this.#end.number)
    this.#end.link.send(bytes)
  }
}
