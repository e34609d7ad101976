/** The subtasks of a job that run in this thread: all of them, or those of one worker. */
import { assert } from '../contracts/assert.js'
import type { PieceOwner } from '../checkpoint/checkpoint-coordinator.js'
import { keyGroupRange } from '../contracts/key-groups.js'
import type { JobGraph } from '../graph/job-graph.js'
import type { PoisonRecords } from '../operators/poison-records.js'
import { KeyedProcessOperator } from '../operators/keyed/keyed-process-operator.js'
import { ProcessOperator } from '../operators/non-keyed/process-operator.js'
import { SinkOperator } from '../operators/sink-operator.js'
import type { StreamOperator } from '../operators/stream-operator.js'
import type { TaskRunOptions } from './job-options.js'
import type { BuildRequest, JobTasks, JobTasksListener } from './job-tasks.js'
import { type Crossing, LocalExecutor, type LoopEnd } from './local-executor.js'
import type { StateQuery } from './query-state.js'
import type { SplitReceiver } from './source-coordinator.js'
import type { StreamTask } from './stream-task.js'
import { buildTasks } from './task-builder.js'
import type { WorkerPlace } from './worker/worker-place.js'

/** Options of {@link LocalTasks}. */
export interface LocalTasksOptions {
  readonly jobGraph: JobGraph
  readonly run: TaskRunOptions
  readonly poison: PoisonRecords
  readonly listener: JobTasksListener
  /** The worker that this thread is. */
  readonly worker?: WorkerPlace
  /** What happens in each round beside the subtasks; of a worker. */
  readonly crossing?: Crossing
}

/** Runs subtasks in one loop. */
export class LocalTasks implements JobTasks {
  readonly #options: LocalTasksOptions
  readonly #executor: LocalExecutor
  #tasks: readonly StreamTask[] = []

  constructor(options: LocalTasksOptions) {
    this.#options = options
    this.#executor = new LocalExecutor({
      ports: options.run.ports,
      onPendingBytes: (pendingBytes) => options.listener.pendingOutput(pendingBytes),
      ...(options.crossing === undefined ? {} : { crossing: options.crossing }),
    })
  }

  /** Wakes the loop. */
  readonly notify = (): void => this.#executor.notify()

  async build({ epoch, restored }: BuildRequest): Promise<void> {
    const { jobGraph, run, poison, listener, worker } = this.#options
    this.#tasks = await buildTasks({
      jobGraph,
      run,
      epoch,
      restored,
      poison,
      notify: this.notify,
      ...(worker === undefined ? {} : { worker }),
      listener: {
        piece: (barrierId, task, operator, piece) =>
          listener.piece(barrierId, pieceOwner(jobGraph, task, operator), piece),
        committables: (barrierId, operator, committables) =>
          listener.committables(barrierId, operator.uid ?? operator.name, committables),
        acknowledge: (barrierId, _task, pauses) => listener.acknowledge(barrierId, pauses),
        failed: this.fail,
      },
    })
  }

  splitReceiver(uid: string, subtaskIndex: number): SplitReceiver {
    const task = this.#tasks.find((each) => each.source?.uid === uid && each.subtaskIndex === subtaskIndex)
    assert(task?.source !== undefined, 'splits are dealt to the subtasks of their source')
    const { source } = task
    return {
      addSplit: (snapshot) => {
        source.addSplit(snapshot)
        this.notify()
      },
      noMoreSplits: () => source.noMoreSplits(),
    }
  }

  triggerCheckpoint(barrierId: number): void {
    for (const task of this.#tasks) if (task.source !== undefined) task.triggerCheckpoint(barrierId)
    this.#executor.notify()
  }

  abortCheckpoint(barrierId: number): void {
    for (const task of this.#tasks) task.abortCheckpoint(barrierId)
  }

  checkpointCommitted(barrierId: number): void {
    for (const task of this.#tasks) task.checkpointCommitted(barrierId)
    // Sources may be waiting for just this.
    this.#executor.notify()
  }

  drainSources(): void {
    for (const task of this.#tasks) task.source?.drain()
    this.#executor.notify()
  }

  haltSources(): void {
    for (const task of this.#tasks) task.isHalted = true
  }

  pauseSources(isPaused: boolean): void {
    this.#executor.pauseSources(isPaused)
  }

  async run(): Promise<LoopEnd> {
    return await this.#executor.run(this.#tasks)
  }

  async runUntil<T>(work: Promise<T>): Promise<T> {
    return await this.#executor.runUntil(work)
  }

  stop(): void {
    this.#executor.stop()
  }

  readonly fail = (error: unknown): void => this.#executor.fail(error)

  async queryState({ uid, state, key }: StateQuery, subtaskIndex: number): Promise<unknown> {
    const operators = this.#tasks.flatMap((task) =>
      task.subtaskIndex === subtaskIndex ? task.operators : [],
    )
    const owner = operators.find((operator) => operator.uid === uid)
    const isAnswering = owner instanceof KeyedProcessOperator || owner instanceof ProcessOperator
    assert(isAnswering, 'a query is sent to a subtask of an operator with state')
    return owner.queryState(state, key)
  }

  async lastOutput(barrierId: number): Promise<ReadonlyMap<string, readonly unknown[]>> {
    this.#executor.drainChannels()
    const outputs = new Map<string, unknown[]>()
    for (const operator of this.#tasks.flatMap((task) => task.operators)) {
      if (!(operator instanceof SinkOperator)) continue
      const output = (await operator.snapshot(barrierId).committables) ?? []
      outputs.set(operator.uid, [...(outputs.get(operator.uid) ?? []), ...output])
    }
    return outputs
  }

  async close(): Promise<void> {
    await closeTasks(this.#tasks)
  }
}

/** Which snapshot the pieces of an operator belong to. */
export function pieceOwner(jobGraph: JobGraph, task: StreamTask, operator: StreamOperator): PieceOwner {
  const vertex = jobGraph.vertices[task.vertexId]
  assert(vertex !== undefined, 'a task belongs to a vertex')
  return {
    uid: operator.uid ?? operator.name,
    subtaskIndex: task.subtaskIndex,
    keyGroups: keyGroupRange(task.subtaskIndex, vertex.parallelism),
  }
}

/** Closes all of them, and only then fails. */
export async function closeTasks(tasks: readonly StreamTask[]): Promise<void> {
  const results = await Promise.allSettled(tasks.map((task) => task.close()))
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (errors.length > 0) throw new AggregateError(errors, 'Closing the tasks failed')
}
