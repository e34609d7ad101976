/** Runs a function without a key over one input, or over one and a broadcast input: operator state, side outputs. */
import { assert } from '../../contracts/assert.js'
import type { AnyProcessContext, AnyProcessFunction } from '../../contracts/functions/any-unkeyed-function.js'
import type { Collector } from '../../contracts/functions/process-context.js'
import type { Key } from '../../contracts/key.js'
import type { OperatorStateDescription } from '../../contracts/state/operator-state.js'
import { encodeValue } from '../../serde/value-codec.js'
import type { OperatorStateStore } from '../../state/operator/operator-state-store.js'
import { ElementContext } from '../element-context.js'
import { type EmittingCall, emittingCall } from '../emitting-call.js'
import type { Input } from '../input.js'
import type { OperatorContext } from '../operator-context.js'
import { OutputCollector } from '../output-collector.js'
import type { OperatorSnapshot, OperatorTime, SnapshotPiece, StreamOperator } from '../stream-operator.js'
import { WatermarkCombiner } from '../watermark-combiner.js'
import { OperatorStateShare } from './operator-state-share.js'
import { type UnkeyedElementContext, UnkeyedInput } from './unkeyed-input.js'

/** Options of {@link ProcessOperator}. */
export interface ProcessOperatorOptions {
  readonly context: OperatorContext
  readonly fn: AnyProcessFunction
  /** Broadcast states are bound already; those of the function are bound here. */
  readonly store: OperatorStateStore
  readonly hasBroadcastInput: boolean
  readonly output: Input
  readonly sideOutputs: ReadonlyMap<string, Input>
  /** From a checkpoint; -Infinity for a fresh start. */
  readonly restoredWatermarkMs: number
}

/** An operator of one subtask that knows no keys. */
export class ProcessOperator implements StreamOperator {
  readonly name: string
  readonly uid: string
  readonly inputs: readonly Input[]
  readonly isOverloaded = false
  isEnded = false
  readonly #options: ProcessOperatorOptions
  readonly #element: UnkeyedElementContext
  readonly #collector: Collector<unknown>
  readonly #watermarks: WatermarkCombiner
  #openInputs: number
  /** The last watermark before the end of input. */
  #lastWatermarkMs: number

  constructor(options: ProcessOperatorOptions) {
    const { context, fn, store } = options
    this.#options = options
    this.name = context.name
    this.uid = fn.uid
    this.#lastWatermarkMs = options.restoredWatermarkMs
    this.#element = new ElementContext({
      state: Object.fromEntries(
        Object.entries(fn.state).map(([name, descriptor]) => [name, descriptor.bind(store)]),
      ),
      store,
      timers: {
        currentWatermarkMs: () => this.#lastWatermarkMs,
        currentProcessingTimeMs: () => context.ports.clock.wallMs(),
      },
      sideOutputs: options.sideOutputs,
    })
    this.#collector = new OutputCollector(options.output, this.#element)
    const isDrained = fn.emits === undefined
    const inputs = [
      this.#input(
        0,
        emittingCall(isDrained, (value, ctx, out) => fn.processElement(value, ctx, out)),
      ),
    ]
    if (options.hasBroadcastInput) {
      const call = emittingCall<AnyProcessContext>(isDrained, (value, ctx, out) =>
        fn.processBroadcastElement?.(value, ctx, out),
      )
      inputs.push(this.#input(1, call))
    }
    this.inputs = inputs
    this.#openInputs = inputs.length
    this.#watermarks = new WatermarkCombiner(inputs.length, options.restoredWatermarkMs)
  }

  get states(): readonly OperatorStateDescription[] {
    return this.#options.store.descriptions
  }

  /** What a broadcast state holds for a key, as a copy; to be called between elements only. */
  queryState(name: string, key: Key): unknown {
    return this.#options.store.entryOf(name, key)
  }

  snapshot(): OperatorSnapshot {
    const state: OperatorTime = { watermarkMs: this.#lastWatermarkMs }
    const bytes = encodeValue(state, { what: 'operator state', uid: this.uid })
    const pieces: SnapshotPiece[] = [{ kind: 'operator', bytes }]
    return new OperatorStateShare(this.#options.store.snapshot(), {
      writeSlice: () => true,
      takePieces: () => pieces.splice(0),
      abort: () => {},
    })
  }

  runOwnWork(): number {
    return 0
  }

  nextWorkMs(): number {
    return Number.POSITIVE_INFINITY
  }

  checkpointCommitted(): void {}

  async close(): Promise<void> {}

  #input(index: 0 | 1, call: EmittingCall<AnyProcessContext>): Input {
    return new UnkeyedInput({
      context: this.#options.context,
      element: this.#element,
      collector: this.#collector,
      call,
      callName: index === 0 ? 'processElement' : 'processBroadcastElement',
      writes: index === 0 ? undefined : this.#options.store,
      watermark: (watermarkMs) => this.#pass(() => this.#watermarks.advance(index, watermarkMs)),
      idleness: (isIdle) => this.#pass(() => this.#watermarks.setIdle(index, isIdle)),
      end: () => this.#end(index),
    })
  }

  /** Passes on what has changed: the watermark, then idleness. */
  #pass(change: () => boolean): void {
    const wasIdle = this.#watermarks.isIdle
    const hasAdvanced = change()
    const { combinedMs, isIdle } = this.#watermarks
    // The largest watermark goes out with the end; it belongs to this run and is not restored.
    if (hasAdvanced && combinedMs !== Number.POSITIVE_INFINITY) {
      this.#lastWatermarkMs = combinedMs
      for (const output of this.#outputs()) output.processWatermark(combinedMs)
    }
    if (isIdle !== wasIdle) for (const output of this.#outputs()) output.processIdleness(isIdle)
  }

  #end(index: number): void {
    this.#openInputs--
    assert(this.#openInputs >= 0, 'an input ends once')
    if (this.#openInputs > 0) {
      this.#pass(() => this.#watermarks.end(index))
      return
    }
    this.#callEndInput()
    this.isEnded = true
    for (const output of this.#outputs()) output.processEnd()
  }

  #callEndInput(): void {
    const { fn, context } = this.#options
    if (fn.endInput === undefined) return
    const call = emittingCall<AnyProcessContext>(fn.emits === undefined, (_, ctx, out) =>
      fn.endInput?.(ctx, out),
    )
    // What is emitted now belongs to no element.
    this.#element.timestampMs = Number.NEGATIVE_INFINITY
    try {
      call(undefined, this.#element, this.#collector)
    } catch (thrown) {
      context.fail(thrown, { call: 'endInput' })
    }
  }

  #outputs(): readonly Input[] {
    return [this.#options.output, ...this.#options.sideOutputs.values()]
  }
}
