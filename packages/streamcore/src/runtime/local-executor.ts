/** Runs all subtasks of one incarnation in one thread: one loop, real channels, real alignment. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Ports } from '../contracts/ports/ports.js'
import { SinkOperator } from '../operators/sink-operator.js'
import { Signal } from './signal.js'
import type { StreamTask } from './stream-task.js'

/** Why the loop returned. */
export type LoopEnd = 'ended' | 'stopped'

/** Options of {@link LocalExecutor}. */
export interface LocalExecutorOptions {
  readonly ports: Ports
  readonly maxPendingBytes: number
  /** Sinks hold more uncommitted output than allowed: a checkpoint is needed now. */
  readonly requestCheckpoint: () => void
}

/** Rounds between two looks at the sinks' uncommitted output. */
const pendingCheckRounds = 16

/** The loop over the subtasks. */
export class LocalExecutor {
  readonly #options: LocalExecutorOptions
  readonly #signal = new Signal()
  #tasks: readonly StreamTask[] = []
  #failure: { readonly error: unknown } | undefined
  #isStopped = false
  #round = 0
  #timer: AbortController | undefined

  constructor(options: LocalExecutorOptions) {
    this.#options = options
  }

  /** Wakes the loop. */
  readonly notify = (): void => this.#signal.notify()

  /** Ends the loop with a failure; the first one counts. */
  readonly fail = (error: unknown): void => {
    this.#failure ??= { error }
    this.#signal.notify()
  }

  /** Ends the loop after the current slice. */
  stop(): void {
    this.#isStopped = true
    this.#signal.notify()
  }

  /** Runs until every task has ended, `stop` was called, or something failed. */
  async run(tasks: readonly StreamTask[]): Promise<LoopEnd> {
    this.#tasks = tasks
    return await this.#loop(() => tasks.every((task) => task.condition === 'ended'))
  }

  /** Goes on with a job whose input has ended, until `work` is done: its checkpoint still needs the tasks. */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    let outcome: { readonly value: T } | undefined
    work.then(
      (value) => {
        outcome = { value }
        this.notify()
      },
      (error: unknown) => this.fail(error),
    )
    await this.#loop(() => outcome !== undefined)
    if (outcome === undefined) throw new StreamcoreError('STREAMCORE_CANCELLED', 'The job was cancelled')
    return outcome.value
  }

  /** After a failure: lets the tasks behind it finish what they have, so that earlier records reach their sinks. */
  drainChannels(): void {
    const tasks = this.#tasks.filter((task) => task.source === undefined && task.condition !== 'failed')
    // Bounded: without sources every round either moves records towards the sinks or does nothing.
    while (tasks.map((task) => this.#runSlice(task)).some((done) => done > 0));
  }

  async #loop(isDone: () => boolean): Promise<LoopEnd> {
    const { scheduler } = this.#options.ports
    for (;;) {
      // Also before the first round: a job that was stopped while it started takes no element.
      if (this.#isStopped) return 'stopped'
      const done = this.#runRound()
      if (this.#failure !== undefined) throw this.#failure.error
      if (isDone()) return 'ended'
      if (done === 0) await this.#sleep()
      else if (scheduler.shouldYield()) await scheduler.yield()
    }
  }

  /** One slice for every task, in the scheduler's order. */
  #runRound(): number {
    const { scheduler } = this.#options.ports
    const skipped: StreamTask[] = []
    let done = 0
    const count = this.#tasks.length
    const first = count > 1 ? scheduler.next(count) : 0
    for (let offset = 0; offset < count && this.#failure === undefined; offset++) {
      const task = this.#tasks[(first + offset) % count]
      assert(task !== undefined, 'the round visits existing tasks')
      if (scheduler.skips()) skipped.push(task)
      else done += this.#runSlice(task)
    }
    // Only when nobody else had anything to do must those who sat out be asked: the loop may go to sleep now.
    if (done === 0) for (const task of skipped) done += this.#runSlice(task)
    this.#round++
    if (this.#round % pendingCheckRounds === 0 || done === 0) this.#checkPendingOutput()
    return done
  }

  #runSlice(task: StreamTask): number {
    try {
      return task.runSlice()
    } catch (error) {
      task.condition = 'failed'
      this.fail(error)
      return 0
    }
  }

  /** The sink never refuses what is in flight; instead the sources wait until a checkpoint has committed. */
  #checkPendingOutput(): void {
    let pendingBytes = 0
    for (const task of this.#tasks) {
      for (const operator of task.operators) {
        if (operator instanceof SinkOperator) pendingBytes += operator.pendingBytes()
      }
    }
    const isTooMuch = pendingBytes > this.#options.maxPendingBytes
    for (const task of this.#tasks) task.isPaused = isTooMuch
    if (isTooMuch) this.#options.requestCheckpoint()
  }

  /** Waits for a callback or for the time at which a task has work of its own. */
  async #sleep(): Promise<void> {
    const { clock } = this.#options.ports
    const nextMs = Math.min(...this.#tasks.map((task) => task.nextWorkMs()))
    if (nextMs !== Number.POSITIVE_INFINITY) {
      const timer = new AbortController()
      this.#timer = timer
      clock.sleep(Math.max(0, nextMs - clock.wallMs()), timer.signal).then(this.notify, () => {})
    }
    await this.#signal.wait()
    this.#timer?.abort()
    this.#timer = undefined
  }
}
