/** The head of a source's chain: fetches splits ahead, emits their records, makes watermarks, keeps positions. */
import { assert } from '../../contracts/assert.js'
import { StreamcoreError } from '../../contracts/errors.js'
import type { Counter } from '../../contracts/ports/metrics.js'
import type {
  RejectedInput,
  Source,
  SourceContext,
  SourceSplit,
  SplitReader,
} from '../../contracts/source.js'
import type { StateDescription } from '../../contracts/state/state-descriptors.js'
import type { WatermarkStrategy } from '../../contracts/watermark-strategy.js'
import { encodeValue } from '../../serde/value-codec.js'
import type { Input } from '../input.js'
import type { OperatorContext } from '../operator-context.js'
import type { OperatorSnapshot, StreamOperator } from '../stream-operator.js'
import { type SplitSnapshot, type SplitState, splitSnapshot } from './split-state.js'
import { combinedWatermarkMs, startSplitProgress } from './split-watermarks.js'

/** How many records one fetch asks for. */
const fetchSize = 4_096
/** How long an empty split is left alone. */
const emptySplitPauseMs = 10

/** Tells the loop that an element must wait: some output is full. */
export interface FlowControl {
  /** Number of outputs that are full. */
  fullOutputs: number
}

/** Options of {@link SourceOperator}. */
export interface SourceOperatorOptions {
  readonly context: OperatorContext
  readonly uid: string
  readonly source: Source<unknown>
  readonly sourceContext: SourceContext
  readonly watermarks: WatermarkStrategy<never>
  readonly output: Input
  readonly flow: FlowControl
  /** Something happened that the task loop should look at. */
  readonly notify: () => void
  readonly onFailure: (error: unknown) => void
}

/** The strategy's extractors with the record type erased (methods, so that no cast is needed). */
interface Timing {
  readonly strategy: {
    timestampMs?(value: unknown): number
    watermarkMs?(value: unknown): number | undefined
  }
  readonly hasTimestamp: boolean
  readonly hasPunctuation: boolean
}

/** A source of one subtask. */
export class SourceOperator implements StreamOperator {
  readonly name: string
  readonly uid: string
  readonly inputs: readonly Input[] = []
  readonly states: readonly StateDescription[] = []
  readonly isOverloaded = false
  isEnded = false
  readonly #options: SourceOperatorOptions
  readonly #splits: SplitState[] = []
  readonly #timing: Timing
  readonly #recordsIn: Counter
  #hasAllSplits = false
  #isDraining = false
  #isClosed = false
  #emittedWatermarkMs = Number.NEGATIVE_INFINITY
  #isIdle = false
  #current: SplitState | undefined

  constructor(options: SourceOperatorOptions) {
    this.#options = options
    const { watermarks } = options
    this.#timing = {
      strategy: watermarks,
      hasTimestamp: watermarks.timestampMs !== undefined,
      hasPunctuation: watermarks.watermarkMs !== undefined,
    }
    this.name = options.context.name
    this.uid = options.uid
    this.#recordsIn = options.context.ports.metrics.counter('records_in_total', { operator: this.name })
  }

  /** Where the record stands that is being processed, in words. */
  place(): string | undefined {
    const current = this.#current
    if (current?.batch === undefined || current.next === 0) return undefined
    return current.batch.placeOf(current.next - 1)
  }

  /** Takes over a split, from the position of a checkpoint where there is one. */
  addSplit(snapshot: SplitSnapshot): void {
    this.#splits.push({
      split: snapshot.split,
      progress: startSplitProgress(snapshot.maxTimestampMs, this.#nowMs()),
      reader: undefined,
      position: snapshot.position,
      batch: undefined,
      next: 0,
      nextRejected: 0,
      ahead: undefined,
      isFetching: false,
      askAgainMs: Number.NEGATIVE_INFINITY,
      hasEnded: snapshot.hasEnded,
    })
  }

  /** The splits this subtask reads. */
  splits(): readonly SourceSplit[] {
    return this.#splits.map((state) => state.split)
  }

  /** No further split will come. */
  noMoreSplits(): void {
    this.#hasAllSplits = true
  }

  /** Ends the input where it is: what was fetched but not emitted stays unread. */
  drain(): void {
    this.#isDraining = true
  }

  /** Emits up to `max` records of the splits that have some, and what follows from them; gives how many elements. */
  poll(max: number): number {
    if (this.isEnded) return 0
    if (this.#isDraining) return this.#end()
    let emitted = 0
    const ready = this.#splits.filter((state) => this.#prepare(state))
    while (emitted < max && ready.length > 0 && this.#options.flow.fullOutputs === 0) {
      const index = ready.length === 1 ? 0 : this.#options.context.ports.scheduler.next(ready.length)
      const state = ready[index]
      assert(state !== undefined, 'the scheduler chooses among the ready splits')
      emitted += this.#emit(state, max - emitted)
      if (!this.#prepare(state)) ready.splice(index, 1)
    }
    const isAtEnd = this.#hasAllSplits && this.#splits.every((state) => state.hasEnded)
    return emitted + (isAtEnd ? this.#end() : this.#advanceWatermark())
  }

  snapshot(): OperatorSnapshot {
    const bytes = encodeValue(this.#splits.map(splitSnapshot), { what: 'source positions', uid: this.uid })
    let pieces = [{ kind: 'operator' as const, bytes }]
    return {
      writeSlice: () => true,
      takePieces: () => {
        const taken = pieces
        pieces = []
        return taken
      },
      abort: () => {},
    }
  }

  runOwnWork(): number {
    return 0
  }

  nextWorkMs(): number {
    if (this.isEnded) return Number.POSITIVE_INFINITY
    const nowMs = this.#nowMs()
    let inMs = Number.POSITIVE_INFINITY
    const idleAfterMs = this.#options.watermarks.idleAfterMs
    for (const state of this.#splits) {
      if (state.hasEnded) continue
      // Records in hand need no waking: whatever holds them back wakes the loop itself.
      if (hasRecords(state)) continue
      if (!state.isFetching) inMs = Math.min(inMs, state.askAgainMs - nowMs)
      if (idleAfterMs !== undefined && !state.progress.isIdle) {
        inMs = Math.min(inMs, state.progress.lastRecordMs + idleAfterMs - nowMs)
      }
    }
    return this.#options.context.ports.clock.wallMs() + Math.max(0, inMs)
  }

  checkpointCommitted(): void {}

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#splits.map(async (state) => await state.reader?.close()))
  }

  /** Makes a batch current or starts a fetch; true when there is something to emit. */
  #prepare(state: SplitState): boolean {
    if (state.hasEnded) return false
    if (state.batch === undefined && state.ahead !== undefined) {
      state.batch = state.ahead
      state.ahead = undefined
      state.next = 0
      state.nextRejected = 0
    }
    if (state.ahead === undefined && !state.isFetching && state.batch?.isEnd !== true) this.#fetch(state)
    return state.batch !== undefined
  }

  #fetch(state: SplitState): void {
    if (this.#isClosed || this.#nowMs() < state.askAgainMs) return
    state.isFetching = true
    this.#read(state).then(
      (batch) => {
        state.isFetching = false
        const isEmpty = batch.records.length === 0 && (batch.rejected?.length ?? 0) === 0
        if (isEmpty && !batch.isEnd) state.askAgainMs = this.#nowMs() + emptySplitPauseMs
        else state.ahead = batch
        this.#options.notify()
      },
      (error: unknown) => {
        state.isFetching = false
        if (!this.#isClosed) this.#options.onFailure(error)
      },
    )
  }

  async #read(state: SplitState) {
    state.reader ??= await this.#openReader(state)
    return await state.reader.fetch(fetchSize)
  }

  async #openReader(state: SplitState): Promise<SplitReader<unknown>> {
    const { source, sourceContext } = this.#options
    const reader = await source.createReader(state.split, state.position, sourceContext)
    if (!this.#isClosed) return reader
    // Nobody else knows of a reader that opened while the operator was being closed.
    await reader.close()
    throw new StreamcoreError(
      'STREAMCORE_CANCELLED',
      `Source '${this.name}' was closed while it was being opened`,
    )
  }

  /** The per-record loop of the whole chain. */
  #emit(state: SplitState, max: number): number {
    const { batch, progress } = state
    assert(batch !== undefined, 'a split is emitted from when it has a batch')
    this.#current = state
    const { output, flow } = this.#options
    const { records, timestampsMs } = batch
    const { hasTimestamp, hasPunctuation } = this.#timing
    const end = Math.min(records.length, state.next + max)
    const start = state.next
    let index = start
    let maxTimestampMs = progress.maxTimestampMs
    while (index < end) {
      if (batch.rejected !== undefined) this.#reject(state, batch.rejected, index)
      const value = records[index]
      index++
      // Before the call, so that messages can name the record's place.
      state.next = index
      let timestampMs = Number.NEGATIVE_INFINITY
      if (hasTimestamp) timestampMs = this.#timestampOf(value)
      else if (timestampsMs !== undefined) timestampMs = timestampsMs[index - 1] ?? timestampMs
      if (hasPunctuation) maxTimestampMs = Math.max(maxTimestampMs, this.#punctuationOf(value))
      else if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs
      output.processElement(value, timestampMs)
      if (flow.fullOutputs > 0) break
    }
    progress.maxTimestampMs = maxTimestampMs
    this.#noteActivity(state)
    this.#recordsIn.add(index - start)
    if (index >= records.length) this.#finishBatch(state)
    this.#current = undefined
    return Math.max(1, index - start)
  }

  #finishBatch(state: SplitState): void {
    const { batch } = state
    assert(batch !== undefined, 'a batch is finished once')
    if (batch.rejected !== undefined) this.#reject(state, batch.rejected, batch.records.length)
    state.position = batch.endPosition
    state.hasEnded = batch.isEnd
    state.batch = undefined
    state.next = 0
  }

  #reject(state: SplitState, rejected: readonly RejectedInput[], beforeIndex: number): void {
    for (
      let input = rejected[state.nextRejected];
      input !== undefined && input.beforeIndex <= beforeIndex;
    ) {
      state.nextRejected++
      if (!this.#options.context.hasDeadLetters) {
        throw new StreamcoreError(
          'STREAMCORE_INPUT',
          `Expected readable input at ${input.place}, got: ${input.reason} (source '${this.name}'); correct it, or declare a dead-letter output with env.deadLetters()`,
          { details: { place: input.place, operator: this.name } },
        )
      }
      this.#options.context.divert(input.reason, input.raw, { place: input.place })
      input = rejected[state.nextRejected]
    }
  }

  #timestampOf(value: unknown): number {
    try {
      const timestampMs = this.#timing.strategy.timestampMs?.(value)
      return timestampMs === undefined || timestampMs !== timestampMs ? Number.NEGATIVE_INFINITY : timestampMs
    } catch (thrown) {
      return this.#options.context.fail(thrown, { call: 'timestamp extractor', value })
    }
  }

  #punctuationOf(value: unknown): number {
    try {
      return this.#timing.strategy.watermarkMs?.(value) ?? Number.NEGATIVE_INFINITY
    } catch (thrown) {
      return this.#options.context.fail(thrown, { call: 'watermark extractor', value })
    }
  }

  #noteActivity(state: SplitState): void {
    if (this.#options.watermarks.idleAfterMs === undefined) return
    state.progress.lastRecordMs = this.#nowMs()
    state.progress.isIdle = false
  }

  /** Gives how many elements it emitted, so that the loop goes on until they have arrived. */
  #advanceWatermark(): number {
    const { context, watermarks, output } = this.#options
    if (watermarks.kind === 'none') return 0
    const active = this.#splits.filter((state) => !state.hasEnded)
    this.#detectIdleness(active)
    const watermarkMs = combinedWatermarkMs(
      active.map((state) => state.progress),
      watermarks,
    )
    let emitted = 0
    // Also without any split to read: others must not wait for a subtask that may never get one.
    const isIdle = watermarkMs === undefined
    if (isIdle !== this.#isIdle) {
      this.#isIdle = isIdle
      output.processIdleness(isIdle)
      context.deadLetters.processIdleness(isIdle)
      emitted++
    }
    if (watermarkMs === undefined || watermarkMs <= this.#emittedWatermarkMs) return emitted
    this.#emittedWatermarkMs = watermarkMs
    output.processWatermark(watermarkMs)
    context.deadLetters.processWatermark(watermarkMs)
    return emitted + 1
  }

  #detectIdleness(active: readonly SplitState[]): void {
    const idleAfterMs = this.#options.watermarks.idleAfterMs
    if (idleAfterMs === undefined) return
    const nowMs = this.#nowMs()
    for (const state of active) {
      // A split whose records wait here, held back by a full output or by its neighbours, is not idle.
      if (hasRecords(state)) continue
      if (nowMs - state.progress.lastRecordMs >= idleAfterMs) state.progress.isIdle = true
    }
  }

  #end(): number {
    if (this.isEnded) return 0
    this.isEnded = true
    this.#options.output.processEnd()
    this.#options.context.deadLetters.processEnd()
    return 1
  }

  #nowMs(): number {
    return this.#options.context.ports.clock.monotonicMs()
  }
}

function hasRecords(state: SplitState): boolean {
  return state.batch !== undefined || state.ahead !== undefined
}
