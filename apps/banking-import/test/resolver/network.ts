// A network of subtasks: one FIFO per pair, aligned barriers, snapshots and crashes, and a scheduler that picks what happens next.
import { assert } from 'streamcore'
import { type SeededRandom } from 'streamcore'
import { chance, hashOfText, pick } from '../../src/generate/pick.js'
import type { Restore } from './memory-state.js'

/** A subtask of some operator; E is what travels on channels. */
export interface Party<E> {
  take(element: E): void
  /** Undelivered messages to itself: they may be overtaken by elements and barriers. */
  hasPending(): boolean
  deliverPending(): void
  /** Remembers the state; what it emitted for the epoch leaves with it. */
  snapshot(epoch: number): Restore
}

/** A subtask in its place. */
export class Place<E> {
  readonly party: Party<E>
  readonly outputs = new Map<string, Channel<E>[]>()
  inputs = 0
  barriers = 0
  blocked: Channel<E>[] = []

  constructor(party: Party<E>) {
    this.party = party
  }
}

type Item<E> = { readonly element: E } | { readonly barrier: number }

/** Something that may happen next; the higher priority goes first while nothing changes it. */
interface Action {
  priority: number
  isReady(): boolean
  run(): void
}

class Channel<E> implements Action {
  readonly to: Place<E>
  readonly queue: Item<E>[] = []
  isBlocked = false
  priority: number
  readonly #onBarrier: (channel: Channel<E>) => void

  constructor(to: Place<E>, priority: number, onBarrier: (channel: Channel<E>) => void) {
    this.to = to
    this.priority = priority
    this.#onBarrier = onBarrier
  }

  isReady(): boolean {
    return this.queue.length > 0 && !this.isBlocked
  }

  run(): void {
    const item = this.queue.shift()
    assert(item !== undefined, 'the channel is not empty')
    if ('element' in item) this.to.party.take(item.element)
    else this.#onBarrier(this)
  }
}

class SelfChannel<E> implements Action {
  priority: number
  readonly #party: Party<E>

  constructor(party: Party<E>, priority: number) {
    this.#party = party
    this.priority = priority
  }

  isReady(): boolean {
    return this.#party.hasPending()
  }

  run(): void {
    this.#party.deliverPending()
  }
}

/** The subtasks and what is under way between them. */
export class Network<E> {
  epoch = 0
  isInEpoch = false
  steps = 0
  crashes = 0
  readonly #random: SeededRandom
  /** 0: any order; 1, 2: random priorities that change now and then, so that channels starve for long. */
  readonly #order: number
  readonly #places: Place<E>[] = []
  readonly #sources = new Map<Place<E>, Channel<E>>()
  readonly #channels: Channel<E>[] = []
  readonly #actions: Action[] = []
  #snapshots = new Map<number, Map<Place<E>, Restore>>()
  #durable = 0

  constructor(random: SeededRandom) {
    this.#random = random
    this.#order = random.below(3)
  }

  /** Adds a subtask; the last one added is the writer, whose snapshot ends an epoch. */
  add(party: Party<E>): Place<E> {
    const place = new Place(party)
    this.#places.push(place)
    this.#actions.push(new SelfChannel(party, this.#random.float()))
    return place
  }

  /** Makes a subtask a source: its barriers come from outside, its elements by {@link feed}. */
  addSource(place: Place<E>): void {
    this.#sources.set(place, this.#channel(place))
  }

  /** Adds to what a source reads. */
  feed(source: Place<E>, elements: readonly E[]): void {
    for (const element of elements) this.#sources.get(source)?.queue.push({ element })
  }

  connect(from: readonly Place<E>[], output: string, to: readonly Place<E>[]): void {
    for (const place of from) {
      place.outputs.set(
        output,
        to.map((target) => this.#channel(target)),
      )
      for (const target of to) target.inputs += 1
    }
  }

  send(from: Place<E>, output: string, key: string, element: E): void {
    const channels = from.outputs.get(output) ?? []
    const channel = channels[hashOfText(key) % channels.length]
    assert(channel !== undefined, `there is a channel for ${output}`)
    channel.queue.push({ element })
  }

  /** Does one thing; false when there is nothing to do. */
  step(): boolean {
    const ready = this.#actions.filter((action) => action.isReady())
    if (ready.length === 0) return false
    this.steps += 1
    this.#choose(ready).run()
    return true
  }

  /** Sends barriers into the sources. */
  trigger(): void {
    assert(!this.isInEpoch, 'the last epoch is complete')
    this.epoch += 1
    this.isInEpoch = true
    for (const source of this.#sources.keys()) this.#barrier(source)
  }

  /** Remembers the present as the state to restore; nothing may be in flight. */
  checkpoint(): void {
    this.#snapshots = new Map([
      [this.epoch, new Map(this.#places.map((place) => [place, place.party.snapshot(this.epoch)]))],
    ])
    this.#durable = this.epoch
  }

  /** Loses everything in flight, what sources have not read included, and goes back to the last complete epoch. */
  crash(): void {
    this.crashes += 1
    for (const channel of this.#channels) {
      channel.queue.length = 0
      channel.isBlocked = false
    }
    for (const place of this.#places) {
      place.barriers = 0
      place.blocked = []
    }
    for (const restore of this.#snapshots.get(this.#durable)?.values() ?? []) restore()
    this.epoch = this.#durable
    this.isInEpoch = false
    for (const epoch of this.#snapshots.keys()) if (epoch > this.epoch) this.#snapshots.delete(epoch)
  }

  #channel(to: Place<E>): Channel<E> {
    const channel = new Channel(to, this.#random.float(), (from) => this.#align(from))
    this.#channels.push(channel)
    this.#actions.push(channel)
    return channel
  }

  #align(channel: Channel<E>): void {
    const { to } = channel
    to.barriers += 1
    channel.isBlocked = true
    to.blocked.push(channel)
    if (to.barriers < to.inputs) return
    to.barriers = 0
    for (const each of to.blocked) each.isBlocked = false
    to.blocked = []
    this.#barrier(to)
  }

  #choose(ready: readonly Action[]): Action {
    const [first] = ready
    assert(first !== undefined, 'something is ready')
    if (this.#order === 0 || ready.length === 1) return pick(this.#random, ready) ?? first
    const chosen = ready.reduce((best, each) => (each.priority > best.priority ? each : best), first)
    if (chance(this.#random, this.#order === 1 ? 0.02 : 0.2)) chosen.priority = this.#random.float()
    return chosen
  }

  #barrier(place: Place<E>): void {
    const snapshots = this.#snapshots.get(this.epoch) ?? new Map<Place<E>, Restore>()
    this.#snapshots.set(this.epoch, snapshots)
    snapshots.set(place, place.party.snapshot(this.epoch))
    if (place.outputs.size > 0) {
      for (const channels of place.outputs.values())
        for (const channel of channels) channel.queue.push({ barrier: this.epoch })
      return
    }
    // The writer has no outputs: its snapshot is the commit.
    this.#durable = this.epoch
    this.isInEpoch = false
    for (const epoch of this.#snapshots.keys()) if (epoch < this.epoch) this.#snapshots.delete(epoch)
  }
}
