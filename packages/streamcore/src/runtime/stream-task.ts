/** One subtask of a vertex: takes elements, feeds its chain, takes part in checkpoints. It is called by the executor's loop. */
import { PauseCounter, type SnapshotPauses } from '../checkpoint/snapshot-pauses.js'
import type { Ports } from '../contracts/ports/ports.js'
import type { SourceOperator, FlowControl } from '../operators/source/source-operator.js'
import type { OperatorSnapshot, SnapshotPiece, StreamOperator } from '../operators/stream-operator.js'
import type { ExchangeOutput } from './exchange-output.js'
import type { InputGate } from './input-gate.js'
import { SnapshotSlice } from './snapshot-slice.js'

/**
 * What a task is doing.
 * - `running`: takes elements
 * - `ended`: its input has ended and all that followed was emitted; it still takes part in checkpoints
 * - `failed`: an element failed; it does nothing any more
 */
export type TaskCondition = 'running' | 'ended' | 'failed'

/** What a task tells the coordinator. */
export interface TaskListener {
  /** A piece of an operator's snapshot. */
  piece(checkpointId: number, task: StreamTask, operator: StreamOperator, piece: SnapshotPiece): void
  /** A transactional or plain sink's output for this checkpoint. */
  committables(checkpointId: number, operator: StreamOperator, committables: readonly unknown[]): void
  /** All pieces of this task have been handed over; `pauses`: how long its elements waited for that. */
  acknowledge(checkpointId: number, task: StreamTask, pauses: SnapshotPauses): void
  failed(error: unknown): void
}

/** Options of {@link StreamTask}. */
export interface StreamTaskOptions {
  readonly name: string
  readonly vertexId: number
  readonly subtaskIndex: number
  readonly ports: Ports
  /** Inputs first. */
  readonly operators: readonly StreamOperator[]
  readonly source: SourceOperator | undefined
  readonly gate: InputGate | undefined
  readonly outputs: readonly ExchangeOutput[]
  readonly flow: FlowControl
  readonly listener: TaskListener
  /** Wakes the executor's loop. */
  readonly notify: () => void
}

interface RunningSnapshot {
  readonly checkpointId: number
  readonly shares: {
    readonly operator: StreamOperator
    readonly snapshot: OperatorSnapshot
    isWritten: boolean
  }[]
  readonly pauses: PauseCounter
  openPromises: number
  /** Whether one of the promises is what the next slice waits for. */
  isWaiting: boolean
}

/** A subtask. */
export class StreamTask {
  readonly name: string
  readonly vertexId: number
  readonly subtaskIndex: number
  readonly operators: readonly StreamOperator[]
  readonly source: SourceOperator | undefined
  condition: TaskCondition = 'running'
  /** Sources wait while sinks hold too much uncommitted output. */
  isPaused = false
  /** The job is being stopped: its sources emit nothing more, so that no record follows the last barrier. */
  isHalted = false
  /** Checkpoints the coordinator has asked for; sources emit their barriers before the next record. */
  readonly #triggers: number[] = []
  readonly #options: StreamTaskOptions
  /** The checkpoint whose barrier has come, but must not pass elements that still wait in an operator. */
  #barrier: number | undefined = undefined
  readonly #slice: SnapshotSlice
  #snapshot: RunningSnapshot | undefined

  constructor(options: StreamTaskOptions) {
    this.#options = options
    this.name = options.name
    this.vertexId = options.vertexId
    this.subtaskIndex = options.subtaskIndex
    this.operators = options.operators
    this.source = options.source
    this.#slice = new SnapshotSlice(options.ports.scheduler)
    options.gate?.listen({ aligned: (checkpointId) => this.#barrierArrived(checkpointId) })
  }

  /** Asks a source task to emit a barrier. */
  triggerCheckpoint(checkpointId: number): void {
    this.#triggers.push(checkpointId)
  }

  /** The checkpoint has failed or was overtaken: its snapshot is given up. */
  abortCheckpoint(checkpointId: number): void {
    if (this.#snapshot?.checkpointId === checkpointId) this.#abortSnapshot()
    for (const operator of this.operators) operator.checkpointFailed?.(checkpointId)
  }

  checkpointCommitted(checkpointId: number): void {
    for (const operator of this.operators) operator.checkpointCommitted(checkpointId)
  }

  /** Does at most one slice of work; gives how much was done. */
  runSlice(): number {
    if (this.condition === 'failed') return 0
    const max = this.#options.ports.scheduler.sliceSize()
    let done = this.#runTriggers() + this.#passBarrier(max) + this.#writeSnapshot()
    if (this.#barrier !== undefined) return done
    done += this.#runOwnWork(max)
    done += this.#takeElements(max)
    if (this.condition === 'running' && this.operators.every((operator) => operator.isEnded))
      this.condition = 'ended'
    return done
  }

  /** Wall-clock time at which the task wants to run although nothing arrives. */
  nextWorkMs(): number {
    let nextMs = Number.POSITIVE_INFINITY
    // A barrier waits for state being loaded or for outputs, all other work for outputs, and both wake the loop.
    if (this.condition === 'failed' || this.#barrier !== undefined) return nextMs
    if (this.#options.flow.fullOutputs > 0) return nextMs
    for (const operator of this.operators) {
      // Whoever lets the sources go on wakes the loop.
      if (operator === this.source && (this.isPaused || this.isHalted)) continue
      nextMs = Math.min(nextMs, operator.nextWorkMs())
    }
    return nextMs
  }

  async close(): Promise<void> {
    this.#abortSnapshot()
    const results = await Promise.allSettled(this.operators.map((operator) => operator.close()))
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (errors.length > 0) throw new AggregateError(errors, `Closing task '${this.name}' failed`)
  }

  #takeElements(max: number): number {
    const { gate, source, flow } = this.#options
    if (source !== undefined && (this.isPaused || this.isHalted)) return 0
    if (this.#isOverloaded() || flow.fullOutputs > 0) return 0
    const mayContinue = () => flow.fullOutputs === 0 && this.#barrier === undefined && !this.#isOverloaded()
    if (source !== undefined) return source.poll(max)
    // A gate whose operators have ended still carries barriers.
    return gate?.poll(max, mayContinue) ?? 0
  }

  #isOverloaded(): boolean {
    for (const operator of this.operators) if (operator.isOverloaded) return true
    return false
  }

  #runOwnWork(max: number): number {
    let done = 0
    for (const operator of this.operators) {
      if (this.#options.flow.fullOutputs > 0) break
      done += operator.runOwnWork(max)
    }
    return done
  }

  #runTriggers(): number {
    const checkpointId = this.#barrier === undefined ? this.#triggers.shift() : undefined
    if (checkpointId === undefined) return 0
    this.#barrierArrived(checkpointId)
    return 1
  }

  #barrierArrived(checkpointId: number): void {
    if (this.#hasWaitingInput()) this.#barrier = checkpointId
    else this.#performSnapshot(checkpointId)
  }

  /** Nothing is taken before the elements that came before the barrier are processed. */
  #passBarrier(max: number): number {
    if (this.#barrier === undefined || this.#options.flow.fullOutputs > 0) return 0
    let done = 0
    for (const operator of this.operators) done += operator.drainInput?.(max) ?? 0
    if (this.#hasWaitingInput()) return done
    this.#performSnapshot(this.#barrier)
    this.#barrier = undefined
    return done + 1
  }

  #hasWaitingInput(): boolean {
    for (const operator of this.operators) if (operator.hasWaitingInput === true) return true
    return false
  }

  /** The barrier passes: every operator starts its snapshot, then the barrier goes to all outputs. */
  #performSnapshot(checkpointId: number): void {
    const startedMs = this.#options.ports.clock.monotonicMs()
    this.#abortSnapshot()
    const shares = this.operators.flatMap((operator) => {
      const snapshot = operator.snapshot(checkpointId)
      return snapshot === undefined ? [] : [{ operator, snapshot, isWritten: false }]
    })
    const pauses = new PauseCounter()
    this.#slice.restart()
    this.#snapshot = { checkpointId, shares, pauses, openPromises: 0, isWaiting: false }
    for (const output of this.#options.outputs) output.processBarrier(checkpointId)
    for (const share of shares) this.#awaitCommittables(this.#snapshot, share.operator, share.snapshot)
    this.#snapshot.pauses.add(this.#options.ports.clock.monotonicMs() - startedMs)
  }

  #awaitCommittables(running: RunningSnapshot, operator: StreamOperator, snapshot: OperatorSnapshot): void {
    if (snapshot.committables === undefined) return
    this.#track(running, snapshot.committables, (committables) =>
      this.#options.listener.committables(running.checkpointId, operator, committables),
    )
  }

  #writeSnapshot(): number {
    const running = this.#snapshot
    if (running === undefined) return 0
    const share = running.shares.find((candidate) => !candidate.isWritten)
    if (share === undefined) {
      if (running.openPromises > 0) return 0
      this.#snapshot = undefined
      this.#options.listener.acknowledge(running.checkpointId, this, running.pauses.pauses())
      return 1
    }
    if (this.#isWaiting(running, share.snapshot)) return 0
    const { clock } = this.#options.ports
    const startedMs = clock.monotonicMs()
    share.isWritten = share.snapshot.writeSlice(this.#slice.entries())
    const pieces = share.snapshot.takePieces()
    if (pieces instanceof Promise)
      this.#track(running, pieces, (taken) => this.#handOver(running, share.operator, taken))
    else this.#handOver(running, share.operator, pieces)
    const durationMs = clock.monotonicMs() - startedMs
    running.pauses.add(durationMs)
    this.#slice.took(durationMs)
    return 1
  }

  #isWaiting(running: RunningSnapshot, snapshot: OperatorSnapshot): boolean {
    const awaited = running.isWaiting ? undefined : snapshot.waitsFor?.()
    if (awaited === undefined) return running.isWaiting
    running.isWaiting = true
    this.#track(running, awaited, () => {
      running.isWaiting = false
    })
    return true
  }

  #track<T>(running: RunningSnapshot, work: Promise<T>, use: (result: T) => void): void {
    running.openPromises++
    work.then(
      (result) => {
        running.openPromises--
        if (this.#snapshot === running) use(result)
        this.#options.notify()
      },
      (error: unknown) => {
        if (this.#snapshot === running) this.#options.listener.failed(error)
      },
    )
  }

  #handOver(running: RunningSnapshot, operator: StreamOperator, pieces: readonly SnapshotPiece[]): void {
    for (const piece of pieces) this.#options.listener.piece(running.checkpointId, this, operator, piece)
  }

  #abortSnapshot(): void {
    for (const { snapshot } of this.#snapshot?.shares ?? []) snapshot.abort()
    this.#snapshot = undefined
  }
}
