/** Runs all subtasks of one incarnation in one thread: one loop, real channels, real alignment. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Ports } from '../contracts/ports/ports.js'
import { SinkOperator } from '../operators/sink-operator.js'
import { Signal } from './signal.js'
import type { StreamTask } from './stream-task.js'

/** Why the loop returned. */
export type LoopEnd = 'ended' | 'stopped'

/** What comes from and goes to other threads; it moves between the rounds of the loop. */
export interface Crossing {
  /** Takes in what has come; gives how much it was. */
  receive(): number
  /** Sends what is worth it; with `all` everything, because the loop is about to rest. */
  send(options: { readonly all: boolean }): void
}

/** Options of {@link LocalExecutor}. */
export interface LocalExecutorOptions {
  readonly ports: Ports
  /** Told now and then how much uncommitted output the sinks hold. */
  readonly onPendingBytes: (pendingBytes: number) => void
  /** Only in workers. */
  readonly crossing?: Crossing
}

/** Rounds between two looks at the sinks' uncommitted output. */
const pendingCheckRounds = 16

/** Without a reason an abort makes an error with a stack of its own, each time. */
const wokenUp = 'woken up'

/** The loop over the subtasks. */
export class LocalExecutor {
  readonly #options: LocalExecutorOptions
  readonly #signal = new Signal()
  #tasks: readonly StreamTask[] = []
  #failure: { readonly error: unknown } | undefined
  #isStopped = false
  #isPaused = false
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

  /** Sources take nothing, or go on. */
  pauseSources(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    for (const task of this.#tasks) task.isPaused = isPaused
    // Sources with records in hand ask for no turn.
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
    const { ports, crossing } = this.#options
    const { scheduler } = ports
    for (;;) {
      // Also before the first round: a job that was stopped while it started takes no element.
      if (this.#isStopped) return 'stopped'
      const done = this.#runRound()
      if (this.#failure !== undefined) throw this.#failure.error
      const hasEnded = isDone()
      const mustYield = done > 0 && scheduler.shouldYield()
      crossing?.send({ all: hasEnded || done === 0 || mustYield })
      if (hasEnded) return 'ended'
      if (done === 0) await this.#sleep()
      else if (mustYield) await scheduler.yield()
    }
  }

  /** One slice for every task, in the scheduler's order. */
  #runRound(): number {
    const { scheduler } = this.#options.ports
    const skipped: StreamTask[] = []
    let done = this.#options.crossing?.receive() ?? 0
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

  #checkPendingOutput(): void {
    let pendingBytes = 0
    for (const task of this.#tasks) {
      for (const operator of task.operators) {
        if (operator instanceof SinkOperator) pendingBytes += operator.pendingBytes()
      }
    }
    this.#options.onPendingBytes(pendingBytes)
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
    this.#timer?.abort(wokenUp)
    this.#timer = undefined
  }
}
