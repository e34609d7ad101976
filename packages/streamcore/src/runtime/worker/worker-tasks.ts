/** The coordinator's side: the subtasks of a job in workers, which it starts, tells what to do, and ends. */
import { assert } from '../../contracts/assert.js'
import { StreamcoreError } from '../../contracts/errors.js'
import type { MetricSeries } from '../../contracts/ports/in-memory-metrics.js'
import type { LaunchedWorker } from '../../contracts/ports/transport.js'
import type { JobGraph } from '../../graph/job-graph.js'
import { workerOfSubtask } from '../../graph/worker-of-subtask.js'
import type { PoisonRecords } from '../../operators/poison-records.js'
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import type { RestoredState } from '../../checkpoint/restored-state.js'
import type { RunOptions, WorkerOptions } from '../job-options.js'
import type { BuildRequest, JobTasks, JobTasksListener } from '../job-tasks.js'
import type { LoopEnd } from '../local-executor.js'
import type { StateQuery } from '../query-state.js'
import { Signal } from '../signal.js'
import type { SplitReceiver } from '../source-coordinator.js'
import { failureMessage, failureOf } from './failure-message.js'
import { Requests } from './requests.js'
import type { FromWorker, ToWorker } from './worker-protocol.js'

/** A worker that has not said by then that it is closed is terminated as it is. */
const closeTimeoutMs = 10_000

/** Options of {@link WorkerTasks}. */
export interface WorkerTasksOptions {
  readonly jobGraph: JobGraph
  readonly run: RunOptions
  readonly poison: PoisonRecords
  readonly listener: JobTasksListener
  readonly workers: WorkerOptions
}

interface Worker {
  readonly index: number
  readonly launched: LaunchedWorker
  condition: 'starting' | 'ready' | 'ended' | 'closed' | 'crashed'
  pendingBytes: number
  /** Counters as they were reported last. */
  readonly counted: Map<string, number>
}

/** Subtasks in other threads. */
export class WorkerTasks implements JobTasks {
  readonly #options: WorkerTasksOptions
  readonly #signal = new Signal()
  readonly #queries = new Requests<unknown>()
  #workers: readonly Worker[] = []
  #restored: RestoredState | undefined
  #failure: { readonly error: unknown } | undefined
  /** What workers could not close. */
  readonly #closingFailures: Error[] = []
  #isStopped = false

  constructor(options: WorkerTasksOptions) {
    this.#options = options
  }

  async build({ epoch, restored }: BuildRequest): Promise<void> {
    const { jobGraph, run, poison, workers } = this.#options
    this.#restored = restored
    const count = Math.min(
      workers.count,
      Math.max(...jobGraph.vertices.map(({ parallelism }) => parallelism)),
    )
    const launched = await workers.launcher.launch({
      count,
      onCrash: (index, error) => this.#crashed(index, error),
    })
    this.#workers = launched.map((each, index) => ({
      index,
      launched: each,
      condition: 'starting',
      pendingBytes: 0,
      counted: new Map(),
    }))
    for (const worker of this.#workers) {
      worker.launched.link.receive((bytes) => this.#listen(worker, bytes))
      this.#send(worker, {
        kind: 'start',
        start: {
          workerIndex: worker.index,
          workerCount: count,
          jobId: run.jobId,
          parallelism: jobGraph.parallelism,
          graphHash: jobGraph.hash,
          epoch,
          checkpoint: run.checkpoint,
          maxPendingBytes: run.maxPendingBytes,
          manifest: restored?.manifest,
          poison: poison.diverted(),
        },
      })
    }
    await this.#until(() => this.#workers.every(({ condition }) => condition === 'ready'))
  }

  splitReceiver(uid: string, subtaskIndex: number): SplitReceiver {
    const workers = [this.#workerOf(subtaskIndex)]
    return {
      addSplit: (snapshot) => this.#tell({ kind: 'split', uid, subtaskIndex, snapshot }, workers),
      noMoreSplits: () => this.#tell({ kind: 'no-more-splits', uid, subtaskIndex }, workers),
    }
  }

  triggerCheckpoint(barrierId: number): void {
    this.#tell({ kind: 'trigger', barrierId })
  }

  abortCheckpoint(barrierId: number): void {
    this.#tell({ kind: 'abort', barrierId })
  }

  checkpointCommitted(barrierId: number): void {
    this.#tell({ kind: 'committed', barrierId })
  }

  drainSources(): void {
    this.#tell({ kind: 'drain-sources' })
  }

  haltSources(): void {
    this.#tell({ kind: 'halt-sources' })
  }

  pauseSources(isPaused: boolean): void {
    this.#tell({ kind: 'pause-sources', isPaused })
  }

  async run(): Promise<LoopEnd> {
    this.#tell({ kind: 'run' })
    return await this.#until(() => this.#workers.every(({ condition }) => condition === 'ended'))
  }

  async runUntil<T>(work: Promise<T>): Promise<T> {
    let outcome: { readonly value: T } | undefined
    work.then(
      (value) => {
        outcome = { value }
        this.#signal.notify()
      },
      (error: unknown) => this.fail(error),
    )
    await this.#until(() => outcome !== undefined)
    if (outcome === undefined) throw new StreamcoreError('STREAMCORE_CANCELLED', 'The job was cancelled')
    return outcome.value
  }

  stop(): void {
    this.#isStopped = true
    this.#signal.notify()
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#signal.notify()
  }

  async queryState(query: StateQuery, subtaskIndex: number): Promise<unknown> {
    const worker = this.#workerOf(subtaskIndex)
    return await this.#queries.ask((request) =>
      this.#send(worker, { kind: 'query', request, query, subtaskIndex }),
    )
  }

  /** What stands between threads when one of them fails can not be brought to its sink any more. */
  async lastOutput(): Promise<undefined> {}

  async close(): Promise<void> {
    this.#queries.rejectAll(new StreamcoreError('STREAMCORE_CANCELLED', 'The job has ended'))
    for (const worker of this.#workers) this.#send(worker, { kind: 'close' })
    const { clock } = this.#options.run.ports
    const timeout = new AbortController()
    let isTimedOut = false
    clock.sleep(closeTimeoutMs, timeout.signal).then(
      () => {
        isTimedOut = true
        this.#signal.notify()
      },
      () => {},
    )
    while (!isTimedOut && this.#workers.some((worker) => !hasEnded(worker))) await this.#signal.wait()
    timeout.abort()
    await Promise.all(this.#workers.map(({ launched }) => launched.terminate()))
    const late = this.#workers.filter((worker) => !hasEnded(worker)).map(({ index }) => index)
    const failures = [...this.#closingFailures, ...(late.length === 0 ? [] : [tooLate(late)])]
    if (failures.length > 0) throw new AggregateError(failures, 'Closing the workers failed')
  }

  /** Waits; one caller at a time. */
  async #until(isDone: () => boolean): Promise<LoopEnd> {
    for (;;) {
      if (this.#isStopped) return 'stopped'
      if (this.#failure !== undefined) throw this.#failure.error
      if (isDone()) return 'ended'
      await this.#signal.wait()
    }
  }

  /** A message that can not be dealt with ends the job, not the process. */
  #listen(worker: Worker, bytes: Uint8Array): void {
    try {
      this.#received(worker, decodeValue<FromWorker>(bytes))
    } catch (error) {
      this.fail(error)
    }
  }

  #received(worker: Worker, message: FromWorker): void {
    const { listener } = this.#options
    switch (message.kind) {
      case 'closed':
        if (message.failure !== undefined) this.#closingFailures.push(failureOf(message.failure))
        worker.condition = message.kind
        return this.#signal.notify()
      case 'ready':
      case 'ended':
        // The news of a crash may overtake what was said before it.
        if (worker.condition !== 'crashed') worker.condition = message.kind
        return this.#signal.notify()
      case 'failed':
        return this.fail(failureOf(message.failure))
      case 'read-part':
        void this.#readPart(worker, message)
        return
      case 'piece':
        return listener.piece(message.barrierId, message.owner, message.piece)
      case 'committables':
        return listener.committables(message.barrierId, message.uid, message.committables)
      case 'acknowledge':
        return listener.acknowledge(message.barrierId, message.pauses)
      case 'pending':
        worker.pendingBytes = message.pendingBytes
        return listener.pendingOutput(this.#workers.reduce((sum, each) => sum + each.pendingBytes, 0))
      case 'answer':
        return this.#queries.resolve(message.request, message.value)
      case 'no-answer':
        return this.#queries.reject(message.request, failureOf(message.failure))
      case 'metrics':
        return this.#addMetrics(worker, message.series)
      case 'log':
        return this.#options.run.ports.logger[message.level](message.message, {
          ...message.fields,
          worker: worker.index,
        })
    }
  }

  async #readPart(worker: Worker, asked: Extract<FromWorker, { kind: 'read-part' }>): Promise<void> {
    const { request, part } = asked
    try {
      assert(this.#restored !== undefined, 'only a restored job reads parts')
      this.#send(worker, { kind: 'part', request, bytes: await this.#restored.readPart(part) })
    } catch (error) {
      this.#send(worker, { kind: 'no-part', request, failure: failureMessage(error) })
    }
  }

  #crashed(index: number, error: unknown): void {
    const worker = this.#workers[index]
    if (worker !== undefined) worker.condition = 'crashed'
    this.#queries.rejectAll(error)
    this.fail(error)
  }

  #addMetrics(worker: Worker, series: readonly MetricSeries[]): void {
    const { metrics } = this.#options.run.ports
    for (const { kind, name, labels, value } of series) {
      if (kind === 'gauge') {
        metrics.gauge(name, labels).set(value)
        continue
      }
      const key = JSON.stringify([name, labels])
      metrics.counter(name, labels).add(value - (worker.counted.get(key) ?? 0))
      worker.counted.set(key, value)
    }
  }

  #workerOf(subtaskIndex: number): Worker {
    const worker = this.#workers[workerOfSubtask(subtaskIndex, this.#workers.length)]
    assert(worker !== undefined, 'every subtask has a worker')
    return worker
  }

  /**
   * Whoever still builds is told nothing: it has no subtasks yet, and all that matters is said again once it has. Splits are
   * dealt before that only in a job that is being stopped.
   */
  #tell(message: ToWorker, workers = this.#workers): void {
    for (const worker of workers) if (worker.condition !== 'starting') this.#send(worker, message)
  }

  #send(worker: Worker, message: ToWorker): void {
    if (hasEnded(worker)) return
    worker.launched.link.send(encodeValue(message, { what: 'a message to a worker' }))
  }
}

function hasEnded({ condition }: Worker): boolean {
  return condition === 'closed' || condition === 'crashed'
}

function tooLate(workers: readonly number[]): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_WORKER_CRASHED',
    `Expected the workers to close within ${closeTimeoutMs} ms, but ${workers.join(', ')} did not and were terminated; a function of the job may not come to an end`,
  )
}
