/** What functions can reach while no key is current: time, operator state, broadcast state, side outputs. */
import type { MapKey } from '../key.js'
import type {
  AnyBroadcastStateDescriptor,
  BroadcastState,
  BroadcastStateDescriptor,
  OperatorStateDescriptors,
  OperatorStateHandles,
  ReadOnlyBroadcastState,
} from '../state/operator-state.js'
import type { StateDescriptors } from '../state/state-descriptors.js'
import type { OutputTag } from './output-tag.js'
import type { KeyedContext, TimerService } from './process-context.js'

/** What of a timer service needs no key. */
export type CurrentTime = Pick<TimerService, 'currentWatermarkMs' | 'currentProcessingTimeMs'>

/** What every context without a key has; one object per operator, valid only during the call. */
export interface UnkeyedContext {
  /** Event time of the element; -Infinity when it has none. */
  readonly timestampMs: number
  /** The time. Timers belong to keys, so there are none here. */
  readonly timers: CurrentTime
  /** Emits into a side output. */
  output<T>(tag: OutputTag<T>, value: T): void
}

/** The context of a function on a stream without keys. */
export interface ProcessContext<D extends OperatorStateDescriptors> extends UnkeyedContext {
  readonly state: OperatorStateHandles<D>
}

/** Looks into broadcast state; `B` are the descriptors that the stream is broadcast with. */
export interface BroadcastReader<B extends AnyBroadcastStateDescriptor> {
  /** This subtask's copy, which only `processBroadcastElement` may change. */
  broadcastState<MK extends MapKey, MV>(
    descriptor: B & BroadcastStateDescriptor<MK, MV>,
  ): ReadOnlyBroadcastState<MK, MV>
}

/** Changes broadcast state; `B` are the descriptors that the stream is broadcast with. */
export interface BroadcastWriter<B extends AnyBroadcastStateDescriptor> {
  /** This subtask's copy. Every subtask must change it in the same way: by the element only. */
  broadcastState<MK extends MapKey, MV>(
    descriptor: B & BroadcastStateDescriptor<MK, MV>,
  ): BroadcastState<MK, MV>
}

/** The context of a broadcast element where the other stream is keyed: it reaches every subtask, so there is no key. */
export interface BroadcastElementContext<B extends AnyBroadcastStateDescriptor>
  extends UnkeyedContext,
    BroadcastWriter<B> {}

/** The context of an element, timer or message of the keyed stream beside a broadcast one. */
export interface KeyedBroadcastContext<
  K,
  D extends StateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  M = never,
> extends KeyedContext<K, D, M>,
    BroadcastReader<B> {}

/** The context of an element without a key beside a broadcast stream. */
export interface ReadOnlyProcessContext<
  D extends OperatorStateDescriptors,
  B extends AnyBroadcastStateDescriptor,
> extends ProcessContext<D>,
    BroadcastReader<B> {}

/** The context of a broadcast element beside a stream without keys. */
export interface WritableProcessContext<
  D extends OperatorStateDescriptors,
  B extends AnyBroadcastStateDescriptor,
> extends ProcessContext<D>,
    BroadcastWriter<B> {}
