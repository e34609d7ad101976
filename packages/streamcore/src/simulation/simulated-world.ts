/** One deterministic event loop under everything that is simulated: the same seed gives the same run. */
import { assert } from '../contracts/assert.js'
import type { Random } from '../contracts/ports/random.js'
import { SeededRandom } from '../contracts/ports/seeded-random.js'
import { EventQueue } from './event-queue.js'
import { Incarnation, type IncarnationOptions } from './incarnation.js'

const startOfTimeMs = 1_600_000_000_000
const eventsMaxDefault = 1_000_000
const shortTurns = 8
const deepTurns = 500
const turnPassed = Promise.resolve()

/** Options of {@link SimulatedWorld}. */
export interface SimulatedWorldOptions {
  readonly seed: number
  /** A run that needs more events is stuck in a loop. */
  readonly eventsMax?: number
  /**
   * Lets the code that an event woke up run on. Without it a fixed number of microtask turns pass, which is fast and enough
   * for code that awaits nothing but ports; code with other promises needs a macrotask, such as Node's `setImmediate`.
   */
  readonly drain?: () => Promise<void>
}

/** How {@link SimulatedWorld.run} ended: `idle` when nothing can ever happen again, `exhausted` after too many events. */
export type RunEnd = 'done' | 'idle' | 'exhausted'

/** Virtual time, its events, and the processes that live in it. */
export class SimulatedWorld {
  /** Draws the order of events and what befalls them; also for nemeses. */
  readonly random: Random
  readonly #queue = new EventQueue()
  readonly #eventsMax: number
  readonly #drain: () => Promise<void>
  readonly #order: Random
  readonly #incarnations: Incarnation[] = []
  readonly #powerLossListeners: (() => void)[] = []
  #nowMs = 0
  #sequence = 0
  #eventCount = 0
  #traceHash = 0

  constructor(options: SimulatedWorldOptions) {
    this.random = new SeededRandom(options.seed)
    this.#order = this.random.fork('order of events')
    this.#eventsMax = options.eventsMax ?? eventsMaxDefault
    this.#drain = options.drain ?? ((): Promise<void> => turns(shortTurns))
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** What an undisturbed wall clock shows. */
  get wallMs(): number {
    return startOfTimeMs + this.#nowMs
  }

  get eventCount(): number {
    return this.#eventCount
  }

  /** Equal for equal runs. */
  get traceHash(): number {
    return this.#traceHash
  }

  /** Lets something happen after a delay; events of the same time come in a drawn order. */
  schedule(delayMs: number, run: () => void): void {
    assert(delayMs >= 0, 'an event never happens in the past')
    this.#queue.push({
      timeMs: this.#nowMs + delayMs,
      drawn: this.#order.u32(),
      sequence: this.#sequence++,
      run,
    })
  }

  chance(probability: number): boolean {
    return probability > 0 && this.random.float() < probability
  }

  /** Starts a process. The name is for people; each incarnation has a number of its own. */
  incarnation(name: string, options: IncarnationOptions = {}): Incarnation {
    const incarnation = new Incarnation(this, { ...options, name, number: this.#incarnations.length + 1 })
    this.#incarnations.push(incarnation)
    return incarnation
  }

  /** Finds a process by its number. */
  findIncarnation(number: number): Incarnation | undefined {
    return this.#incarnations[number - 1]
  }

  /** The power fails: every process dies with what it had sent to a disk, and disks lose what was not synced. */
  powerLoss(): void {
    for (const incarnation of this.#incarnations) incarnation.losePower()
    for (const listener of this.#powerLossListeners) listener()
  }

  /** For disks. */
  onPowerLoss(listener: () => void): void {
    this.#powerLossListeners.push(listener)
  }

  /** Runs one event and what follows from it; false when there was none. */
  async step(): Promise<boolean> {
    if (this.#queue.size === 0) await turns(deepTurns)
    const event = this.#queue.pop()
    if (event === undefined) return false
    this.#nowMs = event.timeMs
    this.#eventCount += 1
    this.#traceHash = (Math.imul(this.#traceHash, 31) + event.sequence + Math.floor(event.timeMs)) | 0
    event.run()
    await this.#drain()
    return true
  }

  /** Runs events until `isDone`. */
  async run(isDone: () => boolean): Promise<RunEnd> {
    while (!isDone()) {
      if (this.#eventCount >= this.#eventsMax) return 'exhausted'
      if (!(await this.step())) return isDone() ? 'done' : 'idle'
    }
    return 'done'
  }

  /** Runs events until the promise is settled; fails when that can never happen. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = (): void => {
      isSettled = true
    }
    promise.then(settled, settled)
    const end = await this.run(() => isSettled)
    assert(end === 'done', `the awaited promise settles before the world is ${end}`)
    return await promise
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await turnPassed
}
