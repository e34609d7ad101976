/** Runs a job to its end through any number of incarnations, as the restart strategy allows. */
import type { CompletedCheckpoint } from '../checkpoint/checkpoint-coordinator.js'
import { assert } from '../contracts/assert.js'
import type { WrittenSavepoint } from '../checkpoint/savepoint.js'
import { type ErrorCode, messageOf, messagesOf, StreamcoreError, TerminalError } from '../contracts/errors.js'
import type { Metrics } from '../contracts/ports/metrics.js'
import type { Key } from '../contracts/key.js'
import type { JobGraph } from '../graph/job-graph.js'
import { deadLetterTag } from '../graph/stream-graph.js'
import { translate } from '../graph/translate.js'
import { PoisonRecords } from '../operators/poison-records.js'
import { UserFunctionError } from '../operators/user-function-error.js'
import { JobIncarnation } from './job-incarnation.js'
import type { JobPhase, RunOptions } from './job-options.js'
import { restartDelayMs } from './restart-strategy.js'

/** How a job ended. */
export interface JobResult {
  /** `finished`: all input was read and committed; `stopped`: a checkpoint was committed; `cancelled`: neither. */
  readonly status: 'finished' | 'stopped' | 'cancelled'
  readonly restarts: number
  readonly completedCheckpoints: number
}

/** A running job. */
export interface JobHandle {
  /** Resolves when the job has ended; rejects with the failure that no restart could cure. */
  readonly result: Promise<JobResult>
  readonly metrics: Metrics
  /** Whether it takes records now; not while it connects, restores, or waits for a restart. */
  isRunning(): boolean
  /** Takes a checkpoint now and resolves once it is committed; fails unless the job runs. */
  checkpoint(): Promise<CompletedCheckpoint>
  /**
   * Takes a checkpoint and, once it is committed, copies it into a new folder: whole, movable, referring to nothing outside.
   * The job goes on meanwhile. A failure concerns the savepoint only.
   */
  savepoint(directory: string): Promise<WrittenSavepoint>
  /**
   * Commits a checkpoint and goes on from it with another number of subtasks per operator, within this run. Resolves once
   * the job runs again.
   */
  rescale(parallelism: number): Promise<void>
  /** What a keyed operator holds for a key at this moment, between two elements; undefined when it holds nothing. */
  queryState(uid: string, state: string, key: Key): Promise<unknown>
  /** Commits a last checkpoint and ends; with `drain` the input ends first, so that timers fire. */
  stop(options?: { readonly drain?: boolean }): Promise<JobResult>
  /** Ends at once; the next run goes on from the last checkpoint. */
  cancel(): Promise<JobResult>
}

/** Starts a job. */
export function runJob(jobGraph: JobGraph, run: RunOptions): JobHandle {
  const runner = new JobRunner(jobGraph, run)
  const result = runner.run()
  return {
    result,
    metrics: run.ports.metrics,
    isRunning: () => runner.isRunning,
    checkpoint: () => runner.checkpoint(),
    savepoint: (directory) => runner.savepoint(directory),
    rescale: (parallelism) => runner.rescale(parallelism),
    queryState: (uid, state, key) => runner.queryState(uid, state, key),
    stop: async (options = {}) => {
      await runner.stop({ drain: options.drain ?? false })
      return await result
    },
    cancel: async () => {
      runner.cancel()
      return await result
    },
  }
}

/** No restart can change the outcome of these. */
const terminalCodes: readonly ErrorCode[] = [
  'STREAMCORE_ASSERTION',
  'STREAMCORE_CONFIG',
  'STREAMCORE_FENCED',
  'STREAMCORE_GRAPH',
  'STREAMCORE_INPUT',
  'STREAMCORE_INVALID_KEY',
  'STREAMCORE_LEASE_HELD',
  'STREAMCORE_RESTORE',
  'STREAMCORE_SERIALIZATION',
  'STREAMCORE_STATE_MISMATCH',
  'STREAMCORE_USER_FUNCTION',
]

/** Another parallelism that the job is on its way to. */
interface Rescaling {
  readonly jobGraph: JobGraph
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

class JobRunner {
  #jobGraph: JobGraph
  readonly #run: RunOptions
  readonly #poison = new PoisonRecords()
  readonly #hasDeadLetters: boolean
  #incarnation: JobIncarnation | undefined
  #isCancelled = false
  /** How the job was asked to stop; it does not start again after a failure then. */
  #stopping: { readonly drain: boolean } | undefined
  /** Ends the wait for a restart. */
  readonly #hurry = new AbortController()
  #isWaiting = false
  #rescaling: Rescaling | undefined
  #hasRun = false
  #restarts = 0
  #attemptsInRow = 0
  #completedCheckpoints = 0

  constructor(jobGraph: JobGraph, run: RunOptions) {
    this.#jobGraph = jobGraph
    this.#run = run
    this.#hasDeadLetters = jobGraph.streamGraph.edges.some((edge) => edge.tag === deadLetterTag)
  }

  async run(): Promise<JobResult> {
    try {
      return await this.#runIncarnations()
    } finally {
      this.#rescaling?.reject(notRunning())
    }
  }

  async #runIncarnations(): Promise<JobResult> {
    for (;;) {
      const incarnation = new JobIncarnation({
        jobGraph: this.#jobGraph,
        run: { ...this.#run, onPhase: (phase) => this.#enter(phase) },
        poison: this.#poison,
      })
      this.#incarnation = incarnation
      try {
        // Asked while no incarnation ran: this one only commits what the last checkpoint left, or drains its sources.
        if (this.#stopping !== undefined) await incarnation.stop(this.#stopping)
        const status = await incarnation.run()
        if (status !== 'stopped' || !this.#isRescaling) return await this.#afterEnd(incarnation, status)
        this.#count(incarnation)
        await closeQuietly(incarnation, this.#run.ports.logger)
        this.#jobGraph = this.#rescaling?.jobGraph ?? this.#jobGraph
      } catch (error) {
        this.#count(incarnation)
        await this.#afterFailure(incarnation, error)
      }
      if (this.#isCancelled) return await this.#cancelled()
    }
  }

  /** Everything is committed: what fails now can no longer change the result. */
  async #afterEnd(incarnation: JobIncarnation, status: JobResult['status']): Promise<JobResult> {
    this.#count(incarnation)
    await closeQuietly(incarnation, this.#run.ports.logger)
    await this.#releaseLease()
    return { status, restarts: this.#restarts, completedCheckpoints: this.#completedCheckpoints }
  }

  async #releaseLease(): Promise<void> {
    try {
      await this.#run.lease.release()
    } catch (error) {
      this.#run.ports.logger.warn(`the lease could not be released: ${messageOf(error)}`)
    }
  }

  get isRunning(): boolean {
    return this.#incarnation?.isRunning ?? false
  }

  async checkpoint(): Promise<CompletedCheckpoint> {
    const { coordinator } = this.#runningIncarnation()
    assert(coordinator !== undefined, 'a job that runs has a coordinator')
    return await coordinator.checkpointNow()
  }

  async savepoint(place: string): Promise<WrittenSavepoint> {
    const { createSavepoint } = this.#run
    if (createSavepoint === undefined) {
      throw new StreamcoreError(
        'STREAMCORE_CONFIG',
        'Expected an executor that can write savepoints, got one that can not',
      )
    }
    const incarnation = this.#runningIncarnation()
    const storage = await createSavepoint(place)
    try {
      return await incarnation.savepoint({ storage, place })
    } finally {
      await storage.close()
    }
  }

  async rescale(parallelism: number): Promise<void> {
    const jobGraph = translate(this.#jobGraph.streamGraph, { parallelism })
    const incarnation = this.#runningIncarnation()
    const isRunningAgain = new Promise<void>((resolve, reject) => {
      this.#rescaling = { jobGraph, resolve, reject }
    })
    // The job may end before anybody waits for it.
    isRunningAgain.catch(() => {})
    this.#run.ports.logger.info(`rescaling from parallelism ${this.#jobGraph.parallelism} to ${parallelism}`)
    try {
      await incarnation.stop({ drain: false })
    } catch (error) {
      this.#rescaling = undefined
      throw error
    }
    await isRunningAgain
  }

  async queryState(uid: string, state: string, key: Key): Promise<unknown> {
    // Whoever asks from within a function of the job must not move its current key: elements are processed synchronously.
    await Promise.resolve()
    return await this.#runningIncarnation().queryState({ uid, state, key })
  }

  get #isRescaling(): boolean {
    return this.#rescaling !== undefined && this.#stopping === undefined && !this.#isCancelled
  }

  #enter(phase: JobPhase): void {
    this.#run.onPhase?.(phase)
    if (phase !== 'running' || this.#rescaling?.jobGraph !== this.#jobGraph) return
    this.#rescaling.resolve()
    this.#rescaling = undefined
  }

  #runningIncarnation(): JobIncarnation {
    if (this.#incarnation?.isRunning !== true || this.#rescaling !== undefined) throw notRunning()
    return this.#incarnation
  }

  async stop(options: { readonly drain: boolean }): Promise<void> {
    this.#stopping = options
    this.#hurry.abort()
    if (this.#isWaiting) return
    try {
      await this.#incarnation?.stop(options)
    } catch (error) {
      // The job has ended by itself meanwhile: its result tells how.
      if (!(error instanceof StreamcoreError && error.code === 'STREAMCORE_CANCELLED')) throw error
    }
  }

  cancel(): void {
    this.#isCancelled = true
    this.#hurry.abort()
    this.#incarnation?.cancel()
  }

  async #cancelled(): Promise<JobResult> {
    await this.#releaseLease()
    return { status: 'cancelled', restarts: this.#restarts, completedCheckpoints: this.#completedCheckpoints }
  }

  #count(incarnation: JobIncarnation): void {
    this.#hasRun ||= incarnation.hasRun
    const completed = incarnation.coordinator?.completedCount ?? 0
    this.#completedCheckpoints += completed
    if (completed > 0) this.#attemptsInRow = 0
  }

  /** Waits for the restart, or throws when there is none. */
  async #afterFailure(incarnation: JobIncarnation, error: unknown): Promise<void> {
    const { ports, restart } = this.#run
    const delayMs = this.#delayMs(error)
    if (delayMs === undefined) await this.#giveUp(incarnation, error)
    await closeQuietly(incarnation, ports.logger)
    if (this.#isCancelled) return
    if (delayMs === undefined) {
      await this.#releaseLease()
      throw error
    }
    this.#restarts++
    ports.metrics.counter('restarts_total').add(1)
    ports.logger.warn(`restarting after a failure: ${messageOf(error)}`, {
      attempt: this.#attemptsInRow,
      strategy: restart.kind,
      delayMs,
    })
    await this.#wait(delayMs)
  }

  /** A job that is cancelled or stopped meanwhile waits no longer. */
  async #wait(durationMs: number): Promise<void> {
    this.#isWaiting = true
    await this.#run.ports.clock.sleep(durationMs, this.#hurry.signal).catch(() => {})
    this.#isWaiting = false
  }

  #delayMs(error: unknown): number | undefined {
    if (this.#isCancelled || this.#stopping !== undefined || error instanceof TerminalError) return undefined
    if (error instanceof UserFunctionError && error.poisonId !== undefined && this.#hasDeadLetters) {
      // A stateful function threw: its state is restored, and after some attempts the record is diverted before it.
      const attempts = this.#poison.note(error.poisonId, error.message, this.#run.maxAttemptsPerRecord)
      return attempts <= this.#run.maxAttemptsPerRecord ? 0 : undefined
    }
    if (error instanceof StreamcoreError && terminalCodes.includes(error.code)) return undefined
    if (!this.#hasRun && this.#run.restart.afterStartOnly === true) return undefined
    this.#attemptsInRow++
    return restartDelayMs(this.#run.restart, this.#attemptsInRow, error)
  }

  async #giveUp(incarnation: JobIncarnation, error: unknown): Promise<void> {
    if (this.#run.isDurable || this.#isCancelled || !incarnation.hasRun) return
    try {
      await incarnation.deliverBeforeFailure()
    } catch (second) {
      this.#run.ports.logger.error(
        `records before the failing one could not be delivered: ${messageOf(second)}`,
        {
          failure: messageOf(error),
        },
      )
    }
  }
}

/** A failing close must not hide how the job ended. */
async function closeQuietly(
  incarnation: JobIncarnation,
  logger: { warn(message: string): void },
): Promise<void> {
  try {
    await incarnation.close()
  } catch (error) {
    logger.warn(`closing the job: ${messagesOf(error).join('; ')}`)
  }
}

function notRunning(): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CANCELLED',
    'Expected the job to be running, but it is starting, ending, or waits for a restart; ask again later',
  )
}
