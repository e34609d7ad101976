/** The worker's side: builds its share of the subtasks, runs them, and does what the coordinator says. */
import { RestoredState } from '../../checkpoint/restored-state.js'
import { assert } from '../../contracts/assert.js'
import type { CheckpointPart } from '../../contracts/checkpoint-storage.js'
import type { Connections } from '../../contracts/connection.js'
import { StreamcoreError } from '../../contracts/errors.js'
import { InMemoryMetrics } from '../../contracts/ports/in-memory-metrics.js'
import type { Logger } from '../../contracts/ports/logger.js'
import type { Ports } from '../../contracts/ports/ports.js'
import type { TransportLink } from '../../contracts/ports/transport.js'
import type { KeyedStateBackendFactory } from '../../contracts/state/keyed-state-backend.js'
import type { JobGraph } from '../../graph/job-graph.js'
import { PoisonRecords } from '../../operators/poison-records.js'
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import type { JobTasksListener } from '../job-tasks.js'
import { LocalTasks } from '../local-tasks.js'
import { type FailureMessage, failureMessage, failureOf } from './failure-message.js'
import { Requests } from './requests.js'
import { wellFormedFields } from './well-formed-fields.js'
import { type CrossingLimits, ThreadExchange } from './thread-exchange.js'
import type {
  CloseMessage,
  FromWorker,
  PartMessage,
  StartMessage,
  ToWorker,
  WorkerStart,
} from './worker-protocol.js'

/** How often metrics travel while nothing else does. */
const metricsIntervalMs = 1_000

/** The job as a worker has loaded it. */
export interface WorkerJob {
  readonly jobGraph: JobGraph
  readonly connections: Connections
  readonly stateBackend: KeyedStateBackendFactory
}

/** Options of {@link TaskWorker}. */
export interface TaskWorkerOptions {
  /** The link to the coordinator. */
  readonly control: TransportLink
  /** The links to the other workers, by their index. */
  readonly peers: ReadonlyMap<number, TransportLink>
  /** Lines and metrics go to the coordinator. */
  readonly ports: Omit<Ports, 'logger' | 'metrics'>
  /** Builds the plan that the coordinator has built. */
  readonly load: (parallelism: number) => Promise<WorkerJob>
  /** Resolves once what sinks have printed has left the thread. */
  readonly printed: () => Promise<void>
  /** Those of every real run unless told. */
  readonly limits?: CrossingLimits
}

/** What the coordinator says to a worker that has built its subtasks. */
type Command = Exclude<ToWorker, StartMessage | PartMessage | CloseMessage>

/** One worker, from its start to its end; it listens as soon as it is made. */
export class TaskWorker {
  readonly #options: TaskWorkerOptions
  readonly #metrics = new InMemoryMetrics()
  readonly #parts = new Requests<Uint8Array>()
  #tasks: LocalTasks | undefined
  #exchange: ThreadExchange | undefined
  #building: Promise<void> = Promise.resolve()
  #running: Promise<void> = Promise.resolve()
  #metricsSentMs = 0
  #reportedPendingBytes = 0

  constructor(options: TaskWorkerOptions) {
    this.#options = options
    options.control.receive((bytes) => this.#listen(bytes))
  }

  /** Ends its loop wherever it stands and says nothing; for a worker that is terminated within its thread. */
  kill(): void {
    this.#tasks?.stop()
  }

  #listen(bytes: Uint8Array): void {
    try {
      this.#received(decodeValue<ToWorker>(bytes))
    } catch (error) {
      this.#sendFailure(error)
    }
  }

  #received(message: ToWorker): void {
    switch (message.kind) {
      case 'start':
        this.#building = this.#reportFailure(this.#build(message.start))
        return
      case 'part':
        return this.#parts.resolve(message.request, message.bytes)
      case 'no-part':
        return this.#parts.reject(message.request, failureOf(message.failure))
      case 'close':
        void this.#close()
        return
      default:
        return this.#command(message)
    }
  }

  /** What only comes once the subtasks are built. */
  #command(message: Command): void {
    const tasks = this.#tasks
    assert(tasks !== undefined, 'commands follow the start')
    switch (message.kind) {
      case 'split':
        return tasks.splitReceiver(message.uid, message.subtaskIndex).addSplit(message.snapshot)
      case 'no-more-splits':
        return tasks.splitReceiver(message.uid, message.subtaskIndex).noMoreSplits()
      case 'run':
        this.#running = this.#reportFailure(this.#run(tasks))
        return
      case 'trigger':
        this.#exchange?.allowBarrier(message.barrierId)
        return tasks.triggerCheckpoint(message.barrierId)
      case 'abort':
        return tasks.abortCheckpoint(message.barrierId)
      case 'committed':
        return tasks.checkpointCommitted(message.barrierId)
      case 'drain-sources':
        return tasks.drainSources()
      case 'halt-sources':
        return tasks.haltSources()
      case 'pause-sources':
        return tasks.pauseSources(message.isPaused)
      case 'query':
        void this.#answer(tasks, message)
        return
    }
  }

  async #build(start: WorkerStart): Promise<void> {
    const job = await this.#options.load(start.parallelism)
    assertSamePlan(start, job.jobGraph)
    const poison = new PoisonRecords()
    for (const [id, reason] of start.poison) poison.divert(id, reason)
    const { peers, limits } = this.#options
    const exchange = new ThreadExchange({
      links: peers,
      notify: () => tasks.notify(),
      ...(limits === undefined ? {} : { limits }),
    })
    this.#exchange = exchange
    const tasks: LocalTasks = new LocalTasks({
      jobGraph: job.jobGraph,
      run: {
        jobId: start.jobId,
        ports: { ...this.#options.ports, logger: this.#logger(), metrics: this.#metrics },
        connections: job.connections,
        stateBackend: job.stateBackend,
        checkpoint: start.checkpoint,
      },
      poison,
      listener: this.#listener(start),
      worker: { index: start.workerIndex, count: start.workerCount, exchange },
      crossing: {
        receive: () => exchange.receive(),
        send: (options) => {
          exchange.send(options)
          if (options.all) this.#sendMetricsNowAndThen()
        },
      },
    })
    this.#tasks = tasks
    const reader = {
      readPart: (_checkpoint: unknown, part: CheckpointPart) =>
        this.#parts.ask((request) => this.#send({ kind: 'read-part', request, part })),
    }
    const restored = start.manifest === undefined ? undefined : new RestoredState(reader, start.manifest)
    await tasks.build({ epoch: start.epoch, restored })
    this.#send({ kind: 'ready' })
  }

  #listener({ maxPendingBytes }: WorkerStart): JobTasksListener {
    return {
      piece: (barrierId, owner, piece) => this.#send({ kind: 'piece', barrierId, owner, piece }),
      committables: (barrierId, uid, committables) =>
        this.#send({ kind: 'committables', barrierId, uid, committables }),
      acknowledge: (barrierId, pauses) => {
        this.#sendMetrics()
        this.#send({ kind: 'acknowledge', barrierId, pauses })
      },
      pendingOutput: (pendingBytes) => {
        const change = Math.abs(pendingBytes - this.#reportedPendingBytes)
        if (change === 0 || change < maxPendingBytes / 64) return
        this.#reportedPendingBytes = pendingBytes
        this.#send({ kind: 'pending', pendingBytes })
      },
    }
  }

  /** After the end of input the subtasks are still needed for checkpoints, until the coordinator ends it all. */
  async #run(tasks: LocalTasks): Promise<void> {
    if ((await tasks.run()) === 'stopped') return
    this.#sendMetrics()
    this.#send({ kind: 'ended' })
    const forEver = new Promise<never>(() => {})
    await tasks.runUntil(forEver).catch((error: unknown) => {
      if (!(error instanceof StreamcoreError && error.code === 'STREAMCORE_CANCELLED')) throw error
    })
  }

  async #answer(tasks: LocalTasks, asked: Extract<ToWorker, { kind: 'query' }>): Promise<void> {
    const { request, query, subtaskIndex } = asked
    try {
      this.#send({ kind: 'answer', request, value: await tasks.queryState(query, subtaskIndex) })
    } catch (error) {
      this.#send({ kind: 'no-answer', request, failure: failureMessage(error) })
    }
  }

  /** Once it is being closed nobody wants to hear of failures any more but those of closing. */
  async #close(): Promise<void> {
    this.#tasks?.stop()
    await this.#building
    this.#tasks?.stop()
    await this.#running
    const failure = await this.#closeTasks()
    await this.#options.printed()
    this.#sendMetrics()
    this.#send({ kind: 'closed', failure })
    for (const peer of this.#options.peers.values()) peer.close()
  }

  async #closeTasks(): Promise<FailureMessage | undefined> {
    try {
      await this.#tasks?.close()
      return undefined
    } catch (error) {
      return failureMessage(error)
    }
  }

  async #reportFailure(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#sendFailure(error)
    }
  }

  #sendFailure(error: unknown): void {
    this.#sendMetrics()
    this.#send({ kind: 'failed', failure: failureMessage(error) })
  }

  #sendMetricsNowAndThen(): void {
    const nowMs = this.#options.ports.clock.monotonicMs()
    if (nowMs - this.#metricsSentMs < metricsIntervalMs) return
    this.#metricsSentMs = nowMs
    this.#sendMetrics()
  }

  #sendMetrics(): void {
    this.#send({ kind: 'metrics', series: this.#metrics.series() })
  }

  #logger(): Logger {
    const line =
      (level: keyof Logger): Logger['info'] =>
      (message, fields) =>
        this.#send({
          kind: 'log',
          level,
          message: message.toWellFormed(),
          fields: fields && wellFormedFields(fields),
        })
    return { info: line('info'), warn: line('warn'), error: line('error'), debug: line('debug') }
  }

  #send(message: FromWorker): void {
    this.#options.control.send(encodeValue(message, { what: 'a message to the coordinator' }))
  }
}

function assertSamePlan(start: WorkerStart, jobGraph: JobGraph): void {
  if (jobGraph.hash === start.graphHash) return
  throw new StreamcoreError(
    'STREAMCORE_GRAPH',
    `Expected worker ${start.workerIndex} to build plan ${start.graphHash} like the coordinator, got ${jobGraph.hash}; ` +
      'the job must be built from its parameters alone, not from time, randomness or what differs between threads',
  )
}
