/** The threads of a simulated process: the real worker protocol in one thread, over links whose delays come from the seed. */
import { assert } from '../contracts/assert.js'
import { RetryableError } from '../contracts/errors.js'
import type { Random } from '../contracts/ports/random.js'
import type { LaunchRequest, TransportLink, WorkerLauncher } from '../contracts/ports/transport.js'
import type { RunOptions } from '../runtime/job-options.js'
import { TaskWorker, type WorkerJob } from '../runtime/worker/task-worker.js'
import type { CrossingLimits } from '../runtime/worker/thread-exchange.js'
import type { Incarnation } from './incarnation.js'
import type { SimulationMarks } from './simulation-marks.js'

/** Options of {@link simulatedWorkers}. */
export interface SimulatedWorkersOptions {
  readonly incarnation: Incarnation
  readonly random: Random
  /** Builds the plan anew, as every thread does. */
  readonly load: (parallelism: number) => WorkerJob
  /** Whether workers may crash now. */
  readonly mayCrash: () => boolean
  readonly marks: SimulationMarks
}

/** How likely a worker crashes. */
const crashChance = 0.15

/** Most links are quick; a slow one lets others overtake it. */
const delaysMsMax = [0, 0, 1, 5, 40]
/** Within this time a worker crashes that does. */
const crashMsMax = 100

/** With one credit every batch waits for the one before; with short batches few records fill one. */
const batchElementsMax = [1, 4, 1_024]
const refillsBelow = [1, 8, 256]

/** The workers of a process: one of these counts; none where there is no choice. */
export function drawWorkers(
  counts: readonly number[] | undefined,
  options: SimulatedWorkersOptions,
): Pick<RunOptions, 'workers'> {
  if (counts === undefined) return {}
  const count = counts[options.random.below(counts.length)] ?? 1
  return { workers: { count, launcher: simulatedWorkers(options) } }
}

/** Starts workers that live and die with their process. */
export function simulatedWorkers(options: SimulatedWorkersOptions): WorkerLauncher {
  return {
    launch: async (request) => {
      const limits = drawLimits(options.random.fork('limits'))
      const peers = Array.from({ length: request.count }, () => new Map<number, SimulatedThreadLink>())
      for (let a = 0; a < request.count; a++) {
        for (let b = a + 1; b < request.count; b++) {
          const [first, second] = simulatedLinks(options)
          peers[a]?.set(b, first)
          peers[b]?.set(a, second)
        }
      }
      return peers.map((links, index) => startWorker(options, { request, index, links, limits }))
    },
  }
}

function drawLimits(random: Random): CrossingLimits {
  return {
    credits: 1 + random.below(4),
    batchElements: batchElementsMax[random.below(batchElementsMax.length)] ?? 1,
    refillBelow: refillsBelow[random.below(refillsBelow.length)] ?? 1,
  }
}

/** Two ends of a link within a simulated process. */
export function simulatedLinks(
  options: Pick<SimulatedWorkersOptions, 'incarnation' | 'random'>,
): readonly [SimulatedThreadLink, SimulatedThreadLink] {
  const delayMsMax = delaysMsMax[options.random.below(delaysMsMax.length)] ?? 0
  const delayMs = (): number => options.random.below(delayMsMax + 1)
  const first = new SimulatedThreadLink(options.incarnation, delayMs)
  const second = new SimulatedThreadLink(options.incarnation, delayMs)
  first.connect(second)
  second.connect(first)
  return [first, second]
}

interface WorkerPeers {
  readonly request: LaunchRequest
  readonly index: number
  readonly links: ReadonlyMap<number, SimulatedThreadLink>
  readonly limits: CrossingLimits
}

function startWorker(options: SimulatedWorkersOptions, { request, index, links, limits }: WorkerPeers) {
  const { incarnation, random, load, mayCrash, marks } = options
  const [coordinatorEnd, workerEnd] = simulatedLinks(options)
  const worker = new TaskWorker({
    control: workerEnd,
    peers: links,
    ports: incarnation.ports,
    load: async (parallelism) => load(parallelism),
    printed: async () => {},
    limits,
  })
  let isOver = false
  /** What it has sent before still arrives. */
  const end = (): void => {
    isOver = true
    worker.kill()
    for (const link of [workerEnd, ...links.values()]) link.close()
  }
  if (random.float() < crashChance) {
    incarnation.world.schedule(random.below(crashMsMax), () => {
      if (isOver || !mayCrash()) return
      end()
      marks.mark('worker crashes')
      const crash = new RetryableError('STREAMCORE_WORKER_CRASHED', `Worker ${index} crashed as planned`)
      incarnation.whileRunning(() => request.onCrash(index, crash))
    })
  }
  const terminate = async (): Promise<void> => {
    end()
    coordinatorEnd.close()
  }
  return { link: coordinatorEnd, terminate }
}

/** One end; what arrives before anybody listens waits. */
export class SimulatedThreadLink implements TransportLink {
  readonly #incarnation: Incarnation
  readonly #delayMs: () => number
  /** Sent, not yet received. */
  readonly #underWay: Uint8Array[] = []
  #arrived = 0
  #other: SimulatedThreadLink | undefined
  #listener: ((bytes: Uint8Array) => void) | undefined
  #isClosed = false

  constructor(incarnation: Incarnation, delayMs: () => number) {
    this.#incarnation = incarnation
    this.#delayMs = delayMs
  }

  connect(other: SimulatedThreadLink): void {
    this.#other = other
  }

  send(bytes: Uint8Array): void {
    const other = this.#other
    assert(other !== undefined, 'both ends of a link are made together')
    const { buffer } = bytes
    assert(buffer instanceof ArrayBuffer, 'what is sent is not shared')
    if (this.#isClosed) return
    // The sender's buffer is gone: whoever looks at it again, which the port forbids, is found out.
    other.#underWay.push(structuredClone(bytes, { transfer: [buffer] }))
    this.#incarnation.world.schedule(this.#delayMs(), () =>
      this.#incarnation.whileRunning(() => other.#arrive()),
    )
  }

  receive(listener: (bytes: Uint8Array) => void): void {
    this.#listener = listener
    this.#deliver()
  }

  /** Sends and receives nothing more. */
  close(): void {
    this.#isClosed = true
  }

  /** Whatever was sent first is received first, however long each took. */
  #arrive(): void {
    this.#arrived++
    this.#deliver()
  }

  #deliver(): void {
    while (this.#listener !== undefined && this.#arrived > 0 && !this.#isClosed) {
      const bytes = this.#underWay.shift()
      assert(bytes !== undefined, 'what arrives was sent')
      this.#arrived--
      this.#listener(bytes)
    }
  }
}
