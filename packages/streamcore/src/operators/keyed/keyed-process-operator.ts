/** Runs a keyed function over one or two inputs, or one and a broadcast input: state, timers, messages to itself, side outputs. */
import { assert } from '../../contracts/assert.js'
import type { AnyKeyedFunction, KeySelector } from '../../contracts/functions/any-keyed-function.js'
import type { Key } from '../../contracts/key.js'
import type { KeyedStateBackend } from '../../contracts/state/keyed-state-backend.js'
import type { DeclaredStateDescription } from '../../contracts/state/operator-state.js'
import type { StoredMessage } from '../../serde/message-blocks.js'
import { cloneValue } from '../../serde/value-codec.js'
import { OperatorStateStore } from '../../state/operator/operator-state-store.js'
import type { Input, InputEvents } from '../input.js'
import { OperatorStateShare } from '../non-keyed/operator-state-share.js'
import type { OperatorContext } from '../operator-context.js'
import { OutputCollector } from '../output-collector.js'
import type { OperatorSnapshot, StreamOperator } from '../stream-operator.js'
import { WatermarkCombiner } from '../watermark-combiner.js'
import { broadcastInput } from './broadcast-input.js'
import { ExpiringState } from './expiring-state.js'
import { KeyedElementContext, KeyedTimerService } from './keyed-context.js'
import { type KeyedCall, type KeyedCalls, keyedCalls } from './keyed-function.js'
import { KeyedInput } from './keyed-input.js'
import { KeyedOperatorSnapshot } from './keyed-operator-snapshot.js'
import { maxPendingMessages, MessageQueue } from './message-queue.js'
import { PrefetchBuffer } from './prefetch-buffer.js'
import { readHandle } from './read-handle.js'
import { type DeltaLimits, SnapshotChain } from './snapshot-chain.js'

/** Options of {@link KeyedProcessOperator}. */
export interface KeyedProcessOptions {
  readonly context: OperatorContext
  readonly fn: AnyKeyedFunction
  /** One per keyed input. */
  readonly keySelectors: readonly KeySelector[]
  /** Of functions beside a broadcast stream: holds its states, which are bound already. The broadcast input is the last. */
  readonly broadcast?: OperatorStateStore
  readonly backend: KeyedStateBackend
  readonly output: Input
  readonly sideOutputs: ReadonlyMap<string, Input>
  /** From a checkpoint; -Infinity for a fresh start. */
  readonly restoredWatermarkMs: number
  /** For backends that load state while the task does other things. */
  readonly loading?: {
    /** Wakes the task's loop. */
    readonly notify: () => void
    readonly onFailure: (error: unknown) => void
  }
  /** Every snapshot is full where nothing is said. */
  readonly deltaLimits?: DeltaLimits
}

/** Event-time timers being fired. */
interface Firing {
  readonly untilMs: number
  /** What follows when none is left. */
  readonly andThen: () => void
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
  readonly #chain: SnapshotChain
  readonly #expiring: ExpiringState
  readonly #calls: KeyedCalls
  readonly #timers: KeyedTimerService
  readonly #context: KeyedElementContext
  readonly #collector: OutputCollector
  readonly #watermarks: WatermarkCombiner
  readonly #endedInputs = new Set<number>()
  /** Undefined for backends that hold everything in memory. */
  readonly #buffer: PrefetchBuffer | undefined
  #firing: Firing | undefined
  /** Timers and messages wait for a promise. */
  #isLoading = false
  /** The last watermark before the end of input. */
  #lastWatermarkMs: number

  constructor(options: KeyedProcessOptions) {
    const { context, fn, backend, keySelectors } = options
    this.#options = options
    this.#backend = backend
    this.#chain = new SnapshotChain(options.deltaLimits ?? { deltasMax: 0, deltaShareMax: 0 })
    this.name = context.name
    this.uid = fn.uid
    this.#calls = keyedCalls(fn, keySelectors.length === 2 ? 2 : 1)
    this.#timers = new KeyedTimerService(backend.timers, context.ports.clock, {
      name: this.name,
      hasOnTimer: this.#calls.timer !== undefined,
    })
    this.#expiring = new ExpiringState({
      uid: fn.uid,
      backend,
      clock: context.ports.clock,
      context: () => this.#context,
      watermarkMs: () => this.#lastWatermarkMs,
    })
    this.#context = new KeyedElementContext({
      name: this.name,
      state: Object.fromEntries(
        Object.entries(fn.state).map(([name, descriptor]) => [name, descriptor.bind(this.#expiring.binder)]),
      ),
      timers: this.#timers,
      sideOutputs: options.sideOutputs,
      messages: this.#messages,
      hasOnMessage: this.#calls.message !== undefined,
      sendsToKeys: fn.sendsToKeys === true,
      store: options.broadcast ?? new OperatorStateStore({ uid: fn.uid, subtaskIndex: context.subtaskIndex }),
    })
    this.#collector = new OutputCollector(options.output, this.#context)
    const inputCount = keySelectors.length + (options.broadcast === undefined ? 0 : 1)
    this.#watermarks = new WatermarkCombiner(inputCount, options.restoredWatermarkMs)
    this.#timers.watermarkMs = this.#watermarks.combinedMs
    this.#lastWatermarkMs = this.#watermarks.combinedMs
    const inputs = keySelectors.map((selector, index) => this.#input(selector, index))
    if (options.broadcast !== undefined) inputs.push(this.#broadcastInput(options.broadcast, inputs.length))
    this.#buffer = backend.wantsPrefetch ? this.#prefetchBuffer(inputs) : undefined
    this.inputs = this.#buffer?.entrances ?? inputs
  }

  get states(): readonly DeclaredStateDescription[] {
    return [...this.#backend.descriptions, ...(this.#options.broadcast?.descriptions ?? [])]
  }

  get isOverloaded(): boolean {
    return this.#messages.length >= maxPendingMessages || this.#buffer?.isFull === true
  }

  get hasWaitingInput(): boolean {
    return this.#firing !== undefined || (this.#buffer?.length ?? 0) > 0
  }

  /** What a state holds for a key of this subtask, as a copy; to be called between elements only. */
  queryState(name: string, key: Key): unknown {
    const entry = Object.entries(this.#options.fn.state).find(([, descriptor]) => descriptor.name === name)
    if (entry === undefined) return this.#options.broadcast?.entryOf(name, key)
    const [property, { kind }] = entry
    this.#backend.setCurrentKey(key)
    const value = this.#expiring.look(() => readHandle(kind, this.#context.state[property]))
    return cloneValue(value, { what: `state "${name}"`, uid: this.uid, key })
  }

  /** A message of the checkpoint that was not delivered yet. */
  restoreMessage(message: StoredMessage): void {
    this.#messages.push(message)
  }

  snapshot(checkpointId: number): OperatorSnapshot {
    const keyed = this.#backend.snapshot(checkpointId, this.#chain.nextKind())
    this.#chain.began(checkpointId, keyed.kind)
    const share = new KeyedOperatorSnapshot({
      uid: this.uid,
      keyed,
      messages: this.#messages.pending(),
      watermarkMs: this.#lastWatermarkMs,
      onWritten: (sizeBytes) => this.#chain.wrote(sizeBytes),
    })
    const { broadcast } = this.#options
    return broadcast === undefined ? share : new OperatorStateShare(broadcast.snapshot(), share)
  }

  drainInput(max: number): number {
    let done = this.#firing === undefined ? 0 : this.#continueFiring()
    if (this.#buffer !== undefined) done += this.#buffer.drain(max, () => this.#firing === undefined)
    return done
  }

  runOwnWork(max: number): number {
    let done = this.drainInput(max)
    // Messages and timers write as well: what they change must not outrun the disk.
    if (this.#isLoading || this.#firing !== undefined || this.#mustWait(this.#backend.prefetch([])))
      return done
    while (done < max && this.#messages.length > 0) {
      const { key, message } = this.#messages.shift()
      this.#backend.setCurrentKey(key)
      this.#context.key = key
      this.#context.timestampMs = this.#watermarks.combinedMs
      this.#call(this.#calls.message, message, 'onMessage')
      done++
    }
    done += this.#fireProcessingTimers(max - done)
    if (!this.#isLoading && !this.#inputsEnded)
      done += this.#expiring.remove(max - done, (loading) => this.#mustWait(loading))
    if (this.#messages.length === 0) this.#finishIfInputsEnded()
    return done
  }

  nextWorkMs(): number {
    if (this.#buffer?.isReady === true && this.#firing === undefined) return Number.NEGATIVE_INFINITY
    // The end of loading wakes the task.
    if (this.#isLoading) return Number.POSITIVE_INFINITY
    if (this.#messages.length > 0 || this.#firing !== undefined) return Number.NEGATIVE_INFINITY
    if (this.#inputsEnded) return Number.POSITIVE_INFINITY
    return Math.min(this.#backend.timers.nextMs('processing'), this.#expiring.nextWorkMs())
  }

  checkpointCommitted(checkpointId: number): void {
    this.#backend.snapshotDurable(checkpointId)
    this.#chain.durable(checkpointId)
  }

  checkpointFailed(checkpointId: number): void {
    this.#backend.snapshotFailed(checkpointId)
    this.#chain.failed(checkpointId)
  }

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
      ...this.#events(index),
    })
  }

  #broadcastInput(store: OperatorStateStore, index: number): Input {
    const { context, fn, output, sideOutputs } = this.#options
    const timers = {
      currentWatermarkMs: () => this.#timers.currentWatermarkMs(),
      currentProcessingTimeMs: () => this.#timers.currentProcessingTimeMs(),
    }
    return broadcastInput({ context, fn, store, output, sideOutputs, timers, events: this.#events(index) })
  }

  #events(index: number): InputEvents {
    return {
      watermark: (watermarkMs) => this.#advance(this.#watermarks.advance(index, watermarkMs)),
      idleness: (isIdle) => this.#idleness(index, isIdle),
      end: () => this.#end(index),
    }
  }

  #prefetchBuffer(inputs: readonly Input[]): PrefetchBuffer {
    const { backend, keySelectors } = this.#options
    return new PrefetchBuffer({
      backend,
      inputs,
      keySelectors,
      whenLoaded: (loading, andThen) => this.#whenLoaded(loading, andThen),
    })
  }

  #whenLoaded(loading: Promise<void>, andThen: () => void): void {
    const task = this.#options.loading
    assert(task !== undefined, `operator '${this.name}' can wake its task when state is loaded`)
    loading.then(() => {
      andThen()
      task.notify()
    }, task.onFailure)
  }

  /** Whether timers and messages must wait. */
  #mustWait(loading: Promise<void> | undefined): boolean {
    if (loading === undefined) return false
    this.#isLoading = true
    this.#whenLoaded(loading, () => {
      this.#isLoading = false
    })
    return true
  }

  #advance(hasAdvanced: boolean, andThen: () => void = () => {}): void {
    if (!hasAdvanced) return andThen()
    const watermarkMs = this.#watermarks.combinedMs
    this.#timers.watermarkMs = watermarkMs
    this.#fireTimers(watermarkMs, () => {
      this.#passWatermark(watermarkMs)
      andThen()
    })
  }

  #passWatermark(watermarkMs: number): void {
    // The largest watermark goes out with the end, after the last message; it belongs to this run and is not restored.
    if (watermarkMs === Number.POSITIVE_INFINITY) return
    this.#lastWatermarkMs = watermarkMs
    this.#options.output.processWatermark(watermarkMs)
    for (const output of this.#options.sideOutputs.values()) output.processWatermark(watermarkMs)
  }

  #fireTimers(untilMs: number, andThen: () => void): void {
    assert(this.#firing === undefined, 'what follows a watermark waits until its timers have fired')
    this.#firing = { untilMs, andThen }
    this.#continueFiring()
  }

  /** Fires what is in memory. When more has to be loaded it is called again; gives how many it fired. */
  #continueFiring(): number {
    const firing = this.#firing
    let fired = 0
    while (firing !== undefined && !this.#isLoading) {
      if (this.#mustWait(this.#backend.timers.load('event', firing.untilMs))) break
      const due = this.#backend.timers.takeDue('event', firing.untilMs)
      if (due === undefined) {
        this.#firing = undefined
        firing.andThen()
        break
      }
      this.#context.key = due.key
      this.#context.timestampMs = due.timestampMs
      this.#call(this.#calls.timer, undefined, 'onTimer')
      fired++
    }
    return fired
  }

  #fireProcessingTimers(max: number): number {
    const timers = this.#backend.timers
    // Timers still pending when the input ends do not fire: no moment of their own is left to them.
    if (this.#inputsEnded || timers.nextMs('processing') === Number.POSITIVE_INFINITY) return 0
    const nowMs = this.#options.context.ports.clock.wallMs()
    let fired = 0
    while (fired < max) {
      if (this.#mustWait(timers.load('processing', nowMs))) break
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
    this.#advance(this.#watermarks.setIdle(index, isIdle), () => this.#passIdleness(wasIdle))
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
    this.#advance(this.#watermarks.end(index), () => {
      if (!this.#inputsEnded) this.#passIdleness(wasIdle)
      this.#finishIfInputsEnded()
    })
  }

  /** The end goes on only when no message is left, because messages still emit records. */
  #finishIfInputsEnded(): void {
    if (this.isEnded || !this.#inputsEnded || this.#messages.length > 0) return
    this.#fireTimers(Number.POSITIVE_INFINITY, () => {
      if (this.#messages.length > 0) return
      this.isEnded = true
      this.#options.output.processEnd()
      for (const output of this.#options.sideOutputs.values()) output.processEnd()
    })
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
