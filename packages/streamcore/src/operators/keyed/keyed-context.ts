/** The context object of a keyed operator. */
import { StreamcoreError } from '../../contracts/errors.js'
import type { Key } from '../../contracts/key.js'
import type { KeyedContext, TimerService } from '../../contracts/functions/process-context.js'
import type { Clock } from '../../contracts/ports/clock.js'
import type { TimerQueue } from '../../contracts/state/keyed-state-backend.js'
import type { StateDescriptors, StateHandles } from '../../contracts/state/state-descriptors.js'
import { ElementContext, type ElementContextOptions } from '../element-context.js'
import type { MessageQueue } from './message-queue.js'

/** What the context of a keyed operator is made of. */
export interface KeyedElementContextOptions
  extends ElementContextOptions<StateHandles<StateDescriptors>, TimerService> {
  readonly name: string
  readonly messages: MessageQueue
  readonly hasOnMessage: boolean
  readonly sendsToKeys: boolean
}

/** The context that functions with a key see. */
export class KeyedElementContext
  extends ElementContext<StateHandles<StateDescriptors>, TimerService>
  implements KeyedContext<Key, StateDescriptors, unknown>
{
  key: Key = ''
  readonly #options: KeyedElementContextOptions

  constructor(options: KeyedElementContextOptions) {
    super(options)
    this.#options = options
  }

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
