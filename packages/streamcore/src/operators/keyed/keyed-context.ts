/** The context object of a keyed operator: one per operator, pointed at the current element before each call. */
import { StreamcoreError } from '../../contracts/errors.js'
import type { Key, MapKey } from '../../contracts/key.js'
import type { OutputTag } from '../../contracts/functions/output-tag.js'
import type { KeyedContext, TimerService } from '../../contracts/functions/process-context.js'
import type { Clock } from '../../contracts/ports/clock.js'
import type { TimerQueue } from '../../contracts/state/keyed-state-backend.js'
import type {
  BroadcastStateDescriptor,
  ReadOnlyBroadcastState,
} from '../../contracts/state/operator-state.js'
import type { StateDescriptors, StateHandles } from '../../contracts/state/state-descriptors.js'
import type { OperatorStateStore } from '../../state/operator/operator-state-store.js'
import type { Input } from '../input.js'
import type { MessageQueue } from './message-queue.js'

/** What a context is made of. */
export interface ElementContextOptions {
  readonly name: string
  readonly state: StateHandles<StateDescriptors>
  readonly timers: TimerService
  readonly sideOutputs: ReadonlyMap<string, Input>
  readonly messages: MessageQueue
  readonly hasOnMessage: boolean
  readonly sendsToKeys: boolean
  /** Holds the broadcast states; empty where no stream is broadcast. */
  readonly store: OperatorStateStore
}

/** The context that user functions see. Its functions are properties, so that users may take them out of it. */
export class ElementContext implements KeyedContext<Key, StateDescriptors, unknown> {
  key: Key = ''
  timestampMs: number = Number.NEGATIVE_INFINITY
  readonly state: StateHandles<StateDescriptors>
  readonly timers: TimerService
  readonly #options: ElementContextOptions

  constructor(options: ElementContextOptions) {
    this.state = options.state
    this.timers = options.timers
    this.#options = options
  }

  readonly output = <T>(tag: OutputTag<T>, value: T): void => {
    this.#options.sideOutputs.get(tag.id)?.processElement(value, this.timestampMs)
  }

  /** Refuses changes by itself, because only a broadcast element may make them. */
  readonly broadcastState = <MK extends MapKey, MV>(
    descriptor: BroadcastStateDescriptor<MK, MV>,
  ): ReadOnlyBroadcastState<MK, MV> => this.#options.store.broadcastOf(descriptor)

  readonly continueLater = (message: unknown): void => {
    this.#send(this.key, message)
  }

  readonly sendToKey = (key: Key, message: unknown): void => {
    if (!this.#options.sendsToKeys) {
      throw new StreamcoreError(
        'STREAMCORE_GRAPH',
        `Expected operator '${this.#options.name}' to declare \`sendsToKeys: true\` before it calls sendToKey; add it beside \`uid\``,
      )
    }
    this.#send(key, message)
  }

  #send(key: Key, message: unknown): void {
    if (!this.#options.hasOnMessage) {
      throw new StreamcoreError(
        'STREAMCORE_GRAPH',
        `Expected operator '${this.#options.name}' to have \`onMessage\` before it sends messages to itself; add it to the function`,
      )
    }
    this.#options.messages.push({ key, message })
  }
}

/** Timers of the current key over the backend's queue. */
export class KeyedTimerService implements TimerService {
  readonly #queue: TimerQueue
  readonly #clock: Clock
  readonly #operator: { readonly name: string; readonly hasOnTimer: boolean }
  watermarkMs: number = Number.NEGATIVE_INFINITY

  constructor(
    queue: TimerQueue,
    clock: Clock,
    operator: { readonly name: string; readonly hasOnTimer: boolean },
  ) {
    this.#queue = queue
    this.#clock = clock
    this.#operator = operator
  }

  currentWatermarkMs(): number {
    return this.watermarkMs
  }

  currentProcessingTimeMs(): number {
    return this.#clock.wallMs()
  }

  registerEventTimeTimer(timestampMs: number): void {
    this.#check(timestampMs)
    this.#queue.register('event', timestampMs)
  }

  registerProcessingTimeTimer(timestampMs: number): void {
    this.#check(timestampMs)
    this.#queue.register('processing', timestampMs)
  }

  deleteEventTimeTimer(timestampMs: number): void {
    this.#queue.delete('event', timestampMs)
  }

  deleteProcessingTimeTimer(timestampMs: number): void {
    this.#queue.delete('processing', timestampMs)
  }

  #check(timestampMs: number): void {
    if (!this.#operator.hasOnTimer) {
      throw new StreamcoreError(
        'STREAMCORE_GRAPH',
        `Expected operator '${this.#operator.name}' to have \`onTimer\` before it registers timers; add it to the function`,
      )
    }
    if (!Number.isFinite(timestampMs)) {
      throw new StreamcoreError(
        'STREAMCORE_GRAPH',
        `Expected a timer's time to be a finite number of milliseconds, got ${timestampMs}; does the element have an event time?`,
      )
    }
  }
}
