/** One run of a process in the simulated world: it can be killed, stopped, and woken up as a zombie. */
import type { Clock } from '../contracts/ports/clock.js'
import type { ProcessTable } from '../contracts/ports/lease.js'
import { InMemoryMetrics } from '../contracts/ports/in-memory-metrics.js'
import type { Logger } from '../contracts/ports/logger.js'
import type { Ports } from '../contracts/ports/ports.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import type { SimulatedLink } from './simulated-link.js'
import { SimulatedProcessTable } from './simulated-process-table.js'
import { SimulatedScheduler } from './simulated-scheduler.js'
import type { SimulatedWorld } from './simulated-world.js'
import { VirtualClock } from './virtual-clock.js'

/** Options of a process. */
export interface IncarnationOptions {
  /** The machine it runs on, as a lease sees it. */
  readonly host?: string
  readonly logger?: Logger
}

/** What the world adds to {@link IncarnationOptions}. */
export interface IncarnationIdentity extends IncarnationOptions {
  readonly name: string
  readonly number: number
}

/** `paused`: nothing reaches it and it sends nothing, until it is resumed as a zombie. */
export type IncarnationState = 'running' | 'paused' | 'dead'

/** How a request to a device travels. */
export interface RequestOptions {
  /** Each way takes up to so long. */
  readonly latencyMsMax: number
  /** How likely a request on its way takes effect although its sender has been killed meanwhile. */
  readonly lateChance?: number
  /** How much later that may be. */
  readonly lateMsMax?: number
}

/** A dead incarnation's promises never settle, which ends plain async code wherever it stands. */
export class Incarnation {
  readonly name: string
  /** Its pid. */
  readonly number: number
  readonly host: string
  readonly ports: Ports
  readonly clock: VirtualClock
  readonly processTable: ProcessTable
  readonly world: SimulatedWorld
  #state: IncarnationState = 'running'
  #hasPower = true
  #held: (() => void)[] = []

  constructor(world: SimulatedWorld, options: IncarnationIdentity) {
    this.world = world
    this.name = options.name
    this.number = options.number
    this.host = options.host ?? 'simulated'
    const random = world.random.fork(`incarnation ${options.number}`)
    this.clock = new VirtualClock(this)
    this.processTable = new SimulatedProcessTable(this)
    const clock: Clock = this.clock
    this.ports = {
      clock,
      random,
      scheduler: new SimulatedScheduler(this, random.fork('scheduler')),
      digest: simulatedDigest,
      logger: options.logger ?? new RecordingLogger(),
      metrics: new InMemoryMetrics(),
    }
  }

  get state(): IncarnationState {
    return this.#state
  }

  /** `kill -9`: what it has sent may still arrive. */
  kill(): void {
    this.#state = 'dead'
    this.#held = []
  }

  /** Dies with everything it has sent. */
  losePower(): void {
    this.kill()
    this.#hasPower = false
  }

  /** SIGSTOP. */
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  /** SIGCONT: what was held back comes in its old order. */
  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    const held = this.#held
    this.#held = []
    for (const action of held) this.world.schedule(0, () => this.whileRunning(action))
  }

  /** Does something in the name of this process: now, when it is resumed, or never. */
  whileRunning(action: () => void): void {
    if (this.#state === 'running') action()
    else if (this.#state === 'paused') this.#held.push(action)
  }

  /** Sends a request to a device: `effect` happens there at once and wholly, and its outcome comes back. */
  request<T>(effect: () => T, options: RequestOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      const apply = (): void => {
        if (!this.#hasPower) return
        let answer: () => void
        try {
          const value = effect()
          answer = (): void => resolve(value)
        } catch (error) {
          answer = (): void => reject(error)
        }
        this.#answer(answer, options.latencyMsMax)
      }
      const arrive = (): void => {
        if (this.#state !== 'dead') apply()
        else if (this.world.chance(options.lateChance ?? 0)) {
          this.world.schedule(this.#delay(options.lateMsMax ?? 0), apply)
        }
      }
      this.whileRunning(() => this.world.schedule(this.#delay(options.latencyMsMax), arrive))
    })
  }

  /** A wire to a simulated service on another machine. */
  link(delayMsMax: number): SimulatedLink {
    return {
      delay: () =>
        new Promise((resolve) => {
          this.whileRunning(() => this.world.schedule(this.#delay(delayMsMax), resolve))
        }),
      chance: (probability) => this.world.chance(probability),
      isAlive: () => this.#state !== 'dead',
    }
  }

  #answer(answer: () => void, latencyMsMax: number): void {
    const delayMs = this.world.random.below(latencyMsMax + 1)
    if (delayMs === 0) this.whileRunning(answer)
    else this.world.schedule(delayMs, () => this.whileRunning(answer))
  }

  #delay(msMax: number): number {
    return msMax === 0 ? 0 : 1 + this.world.random.below(msMax)
  }
}
