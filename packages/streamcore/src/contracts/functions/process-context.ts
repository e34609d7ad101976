/** What a process function can reach besides its element: key, time, state, timers, side outputs, messages to itself. */
import type { StateDescriptors, StateHandles } from '../state/state-descriptors.js'
import type { OutputTag } from './output-tag.js'

/** Timers of the current key. A timer is identified by its time; registering it twice has no effect. */
export interface TimerService {
  /** -Infinity until a watermark has come. */
  currentWatermarkMs(): number
  currentProcessingTimeMs(): number
  registerEventTimeTimer(timestampMs: number): void
  registerProcessingTimeTimer(timestampMs: number): void
  deleteEventTimeTimer(timestampMs: number): void
  deleteProcessingTimeTimer(timestampMs: number): void
}

/** Where records leave an operator; used where speed counts, otherwise functions yield. */
export interface Collector<in T> {
  collect(value: T): void
}

/** The context of a keyed function; one object per operator, valid only during the call. */
export interface KeyedContext<K, D extends StateDescriptors, M = never> {
  readonly key: K
  /** Event time of the element; -Infinity when it has none. For timers, the time they were set for. */
  readonly timestampMs: number
  readonly state: StateHandles<D>
  readonly timers: TimerService
  /** Emits into a side output. */
  output<T>(tag: OutputTag<T>, value: T): void
  /** Sends a message to `onMessage` of the same key; other elements and barriers may come in between. */
  continueLater(message: M): void
  /** Sends a message to `onMessage` of another key of this operator; the function must declare `sendsToKeys: true`. */
  sendToKey(key: K, message: M): void
}
