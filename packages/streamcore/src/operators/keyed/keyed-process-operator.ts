/** Runs a keyed function over one or two inputs: state, timers, messages to itself, side outputs. */
import { assert } from '../../contracts/assert.js'
import type { AnyKeyedFunction, KeySelector } from '../../contracts/functions/any-keyed-function.js'
import type { Collector } from '../../contracts/functions/process-context.js'
import { canonicalText } from '../../contracts/key.js'
import type { KeyedStateBackend } from '../../contracts/state/keyed-state-backend.js'
import type { StateDescription } from '../../contracts/state/state-descriptors.js'
import type { StoredMessage } from '../../serde/message-blocks.js'
import type { Input } from '../input.js'
import type { OperatorContext } from '../operator-context.js'
import type { OperatorSnapshot, StreamOperator } from '../stream-operator.js'
import { WatermarkCombiner } from '../watermark-combiner.js'
import { ElementContext, KeyedTimerService } from './keyed-context.js'
import { type KeyedCall, type KeyedCalls, keyedCalls } from './keyed-function.js'
import { KeyedOperatorSnapshot } from './keyed-operator-snapshot.js'
import { maxPendingMessages, MessageQueue } from './message-queue.js'

/** Options of {@link KeyedProcessOperator}. */
export interface KeyedProcessOptions {
  readonly context: OperatorContext
  readonly fn: AnyKeyedFunction
  readonly keySelectors: readonly KeySelector[]
  readonly backend: KeyedStateBackend
  readonly output: Input
  readonly sideOutputs: ReadonlyMap<string, Input>
  /** From a checkpoint; -Infinity for a fresh start. */
  readonly restoredWatermarkMs: number
}

/** A keyed operator of one subtask. */
export class KeyedProcessOperator implements StreamOperator {
  readonly name: string
  readonly uid: string
  readonly inputs: readonly Input[]
  isEnded = false
  readonly #options: KeyedProcessOptions
  readonly #backend: KeyedStateBackend
  readonly #messages = new MessageQueue()
  readonly #calls: KeyedCalls
  readonly #timers: KeyedTimerService
  readonly #context: ElementContext
  readonly #collector: OutputCollector
  readonly #watermarks: WatermarkCombiner
  readonly #endedInputs = new Set<number>()
  /** The last watermark before the end of input. */
  #lastWatermarkMs: number

  constructor(options: KeyedProcessOptions) {
    const { context, fn, backend, keySelectors } = options
    this.#options = options
    this.#backend = backend
    this.name = context.name
    this.uid = fn.uid
    this.#calls = keyedCalls(fn, keySelectors.length === 2 ? 2 : 1)
    this.#timers = new KeyedTimerService(backend.timers, context.ports.clock, {
      name: this.name,
      hasOnTimer: this.#calls.timer !== undefined,
    })
    this.#context = new ElementContext({
      name: this.name,
      state: Object.fromEntries(
        Object.entries(fn.state).map(([name, descriptor]) => [name, descriptor.bind(backend)]),
      ),
      timers: this.#timers,
      sideOutputs: options.sideOutputs,
      messages: this.#messages,
      hasOnMessage: this.#calls.message !== undefined,
      sendsToKeys: fn.sendsToKeys === true,
    })
    this.#collector = new OutputCollector(options.output, this.#context)
    this.#watermarks = new WatermarkCombiner(keySelectors.length, options.restoredWatermarkMs)
    this.#timers.watermarkMs = this.#watermarks.combinedMs
    this.#lastWatermarkMs = this.#watermarks.combinedMs
    this.inputs = keySelectors.map((selector, index) => this.#input(selector, index))
  }

  get states(): readonly StateDescription[] {
    return this.#backend.descriptions
  }

  get isOverloaded(): boolean {
    return this.#messages.length >= maxPendingMessages
  }

  /** A message of the checkpoint that was not delivered yet. */
  restoreMessage(message: StoredMessage): void {
    this.#messages.push(message)
  }

  snapshot(checkpointId: number): OperatorSnapshot {
    return new KeyedOperatorSnapshot({
      uid: this.uid,
      keyed: this.#backend.snapshot(checkpointId),
      messages: this.#messages.pending(),
      watermarkMs: this.#lastWatermarkMs,
    })
  }

  runOwnWork(max: number): number {
    let done = 0
    while (done < max && this.#messages.length > 0) {
      const { key, message } = this.#messages.shift()
      this.#backend.setCurrentKey(key)
      this.#context.key = key
      this.#context.timestampMs = this.#watermarks.combinedMs
      this.#call(this.#calls.message, message, 'onMessage')
      done++
    }
    done += this.#fireProcessingTimers(max - done)
    if (this.#messages.length === 0) this.#finishIfInputsEnded()
    return done
  }

  nextWorkMs(): number {
    if (this.#messages.length > 0) return Number.NEGATIVE_INFINITY
    return this.#inputsEnded ? Number.POSITIVE_INFINITY : this.#backend.timers.nextMs('processing')
  }

  checkpointCommitted(): void {}

  async close(): Promise<void> {
    await this.#backend.close()
  }

  get #inputsEnded(): boolean {
    return this.#endedInputs.size === this.inputs.length
  }

  #input(selector: KeySelector, index: number): Input {
    const call = this.#calls.elements[index]
    assert(call !== undefined, 'every input has a function')
    return new KeyedInput({
      context: this.#options.context,
      selector,
      backend: this.#backend,
      element: this.#context,
      collector: this.#collector,
      call,
      callName: this.#calls.elements.length === 1 ? 'processElement' : `processElement${index + 1}`,
      watermark: (watermarkMs) => this.#advance(this.#watermarks.advance(index, watermarkMs)),
      idleness: (isIdle) => this.#idleness(index, isIdle),
      end: () => this.#end(index),
    })
  }

  #advance(hasAdvanced: boolean): void {
    if (!hasAdvanced) return
    const watermarkMs = this.#watermarks.combinedMs
    this.#timers.watermarkMs = watermarkMs
    this.#fireTimers(watermarkMs)
    // The largest watermark goes out with the end, after the last message; it belongs to this run and is not restored.
    if (watermarkMs === Number.POSITIVE_INFINITY) return
    this.#lastWatermarkMs = watermarkMs
    this.#options.output.processWatermark(watermarkMs)
    for (const output of this.#options.sideOutputs.values()) output.processWatermark(watermarkMs)
  }

  #fireTimers(watermarkMs: number): void {
    const timers = this.#backend.timers
    for (let due = timers.takeDue('event', watermarkMs); due; due = timers.takeDue('event', watermarkMs)) {
      this.#context.key = due.key
      this.#context.timestampMs = due.timestampMs
      this.#call(this.#calls.timer, undefined, 'onTimer')
    }
  }

  #fireProcessingTimers(max: number): number {
    const timers = this.#backend.timers
    // Timers still pending when the input ends do not fire: no moment of their own is left to them.
    if (this.#inputsEnded || timers.nextMs('processing') === Number.POSITIVE_INFINITY) return 0
    const nowMs = this.#options.context.ports.clock.wallMs()
    let fired = 0
    while (fired < max) {
      const due = timers.takeDue('processing', nowMs)
      if (due === undefined) break
      this.#context.key = due.key
      this.#context.timestampMs = due.timestampMs
      this.#call(this.#calls.timer, undefined, 'onTimer')
      fired++
    }
    return fired
  }

  #idleness(index: number, isIdle: boolean): void {
    const wasIdle = this.#watermarks.isIdle
    this.#advance(this.#watermarks.setIdle(index, isIdle))
    this.#passIdleness(wasIdle)
  }

  #passIdleness(wasIdle: boolean): void {
    const { isIdle } = this.#watermarks
    if (isIdle === wasIdle) return
    this.#options.output.processIdleness(isIdle)
    for (const output of this.#options.sideOutputs.values()) output.processIdleness(isIdle)
  }

  #end(index: number): void {
    this.#endedInputs.add(index)
    const wasIdle = this.#watermarks.isIdle
    this.#advance(this.#watermarks.end(index))
    if (!this.#inputsEnded) this.#passIdleness(wasIdle)
    this.#finishIfInputsEnded()
  }

  /** The end goes on only when no message is left, because messages still emit records. */
  #finishIfInputsEnded(): void {
    if (this.isEnded || !this.#inputsEnded || this.#messages.length > 0) return
    this.#fireTimers(Number.POSITIVE_INFINITY)
    if (this.#messages.length > 0) return
    this.isEnded = true
    this.#options.output.processEnd()
    for (const output of this.#options.sideOutputs.values()) output.processEnd()
  }

  #call(call: KeyedCall | undefined, value: unknown, callName: string): void {
    assert(call !== undefined, `operator '${this.name}' has ${callName} when it is called`)
    try {
      call(value, this.#context, this.#collector)
    } catch (thrown) {
      this.#options.context.fail(thrown, { call: callName, key: this.#context.key, value })
    }
  }
}

/** Emits with the current element's time. */
class OutputCollector implements Collector<unknown> {
  readonly #output: Input
  readonly #context: ElementContext

  constructor(output: Input, context: ElementContext) {
    this.#output = output
    this.#context = context
  }

  collect(value: unknown): void {
    this.#output.processElement(value, this.#context.timestampMs)
  }
}

interface KeyedInputOptions {
  readonly context: OperatorContext
  readonly selector: KeySelector
  readonly backend: KeyedStateBackend
  readonly element: ElementContext
  readonly collector: OutputCollector
  readonly call: KeyedCall
  readonly callName: string
  readonly watermark: (watermarkMs: number) => void
  readonly idleness: (isIdle: boolean) => void
  readonly end: () => void
}

/** One keyed input: selects the key, points state and context at it, calls the function. */
class KeyedInput implements Input {
  readonly #options: KeyedInputOptions
  readonly #selector: KeySelector
  readonly #backend: KeyedStateBackend
  readonly #element: ElementContext
  readonly #collector: OutputCollector
  readonly #call: KeyedCall
  readonly #context: OperatorContext

  constructor(options: KeyedInputOptions) {
    this.#options = options
    this.#selector = options.selector
    this.#backend = options.backend
    this.#element = options.element
    this.#collector = options.collector
    this.#call = options.call
    this.#context = options.context
  }

  processElement(value: unknown, timestampMs: number): void {
    const element = this.#element
    try {
      const key = this.#selector.select(value)
      this.#backend.setCurrentKey(key)
      element.key = key
    } catch (thrown) {
      this.#refuseKey(thrown, value)
      return
    }
    if (!this.#context.poison.isEmpty && this.#isPoison(value)) return
    element.timestampMs = timestampMs
    try {
      this.#call(value, element, this.#collector)
    } catch (thrown) {
      this.#context.fail(thrown, { call: this.#options.callName, key: element.key, value })
    }
  }

  processWatermark(watermarkMs: number): void {
    this.#options.watermark(watermarkMs)
  }

  processIdleness(isIdle: boolean): void {
    this.#options.idleness(isIdle)
  }

  processEnd(): void {
    this.#options.end()
  }

  /** A record without a key has touched no state: it is diverted like one that a stateless function refuses. */
  #refuseKey(thrown: unknown, value: unknown): void {
    const functionText = this.#selector.text
    if (!this.#context.hasDeadLetters) {
      this.#context.fail(thrown, {
        call: 'key selector',
        value,
        ...(functionText === undefined ? {} : { functionText }),
      })
    }
    this.#context.divert(thrown instanceof Error ? thrown.message : String(thrown), value)
  }

  #isPoison(value: unknown): boolean {
    const key = canonicalText(this.#element.key)
    const reason = this.#context.poison.reasonFor(this.#context.name, key, value)
    if (reason === undefined) return false
    this.#context.divert(reason, value, { key })
    return true
  }
}
