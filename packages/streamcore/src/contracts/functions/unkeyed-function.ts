/** The process functions of streams without keys, and those beside a broadcast stream: plain objects that yield or collect. */
import type { TypeTag } from '../schema.js'
import type { AnyBroadcastStateDescriptor, OperatorStateDescriptors } from '../state/operator-state.js'
import type { StateDescriptors } from '../state/state-descriptors.js'
import type { Collector } from './process-context.js'
import type { Emits, KeyedFunctionOptions } from './process-function.js'
import type {
  BroadcastElementContext,
  KeyedBroadcastContext,
  ProcessContext,
  ReadOnlyProcessContext,
  WritableProcessContext,
} from './unkeyed-context.js'

/** What every function without a key declares. */
export interface UnkeyedFunctionOptions<D extends OperatorStateDescriptors> {
  /** Names the operator's state across job versions. */
  readonly uid: string
  /** Operator state: `operatorListState`, `unionListState`; `{}` where there is none. */
  readonly state: D
}

/** A function over a stream without keys that yields what it emits. */
export interface ProcessFunction<IN, D extends OperatorStateDescriptors, OUT = never, EOUT = never>
  extends UnkeyedFunctionOptions<D> {
  readonly emits?: never
  processElement(value: IN, ctx: ProcessContext<D>): Emits<OUT>
  /** All input has been processed: the last chance to emit what the state still holds. */
  endInput?(ctx: ProcessContext<D>): Emits<EOUT>
}

/** A function over a stream without keys that collects what it emits. */
export interface CollectFunction<IN, D extends OperatorStateDescriptors, OUT>
  extends UnkeyedFunctionOptions<D> {
  readonly emits: TypeTag<OUT>
  processElement(value: IN, ctx: ProcessContext<D>, out: Collector<OUT>): void
  endInput?(ctx: ProcessContext<D>, out: Collector<OUT>): void
}

/** A function over a stream without keys and a broadcast stream that yields what it emits. */
export interface BroadcastProcessFunction<
  IN,
  BIN,
  D extends OperatorStateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT = never,
  BOUT = never,
  EOUT = never,
> extends UnkeyedFunctionOptions<D> {
  readonly emits?: never
  processElement(value: IN, ctx: ReadOnlyProcessContext<D, B>): Emits<OUT>
  /** Called in every subtask; what it emits is emitted by each of them. */
  processBroadcastElement(value: BIN, ctx: WritableProcessContext<D, B>): Emits<BOUT>
  /** All input of both streams has been processed. */
  endInput?(ctx: ReadOnlyProcessContext<D, B>): Emits<EOUT>
}

/** A function over a stream without keys and a broadcast stream that collects what it emits. */
export interface BroadcastCollectFunction<
  IN,
  BIN,
  D extends OperatorStateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT,
> extends UnkeyedFunctionOptions<D> {
  readonly emits: TypeTag<OUT>
  processElement(value: IN, ctx: ReadOnlyProcessContext<D, B>, out: Collector<OUT>): void
  processBroadcastElement(value: BIN, ctx: WritableProcessContext<D, B>, out: Collector<OUT>): void
  endInput?(ctx: ReadOnlyProcessContext<D, B>, out: Collector<OUT>): void
}

/** A function over a keyed stream and a broadcast stream that yields what it emits. */
export interface KeyedBroadcastProcessFunction<
  K,
  IN,
  BIN,
  D extends StateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT = never,
  BOUT = never,
  TOUT = never,
  M = never,
  MOUT = TOUT,
> extends KeyedFunctionOptions<D, M> {
  readonly emits?: never
  processElement(value: IN, ctx: KeyedBroadcastContext<K, D, B, M>): Emits<OUT>
  /** Called in every subtask; what it emits is emitted by each of them. */
  processBroadcastElement(value: BIN, ctx: BroadcastElementContext<B>): Emits<BOUT>
  onTimer?(timestampMs: number, ctx: KeyedBroadcastContext<K, D, B, M>): Emits<TOUT>
  onMessage?(message: M, ctx: KeyedBroadcastContext<K, D, B, M>): Emits<MOUT>
}

/** A function over a keyed stream and a broadcast stream that collects what it emits. */
export interface KeyedBroadcastCollectFunction<
  K,
  IN,
  BIN,
  D extends StateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT,
  M = never,
> extends KeyedFunctionOptions<D, M> {
  readonly emits: TypeTag<OUT>
  processElement(value: IN, ctx: KeyedBroadcastContext<K, D, B, M>, out: Collector<OUT>): void
  processBroadcastElement(value: BIN, ctx: BroadcastElementContext<B>, out: Collector<OUT>): void
  onTimer?(timestampMs: number, ctx: KeyedBroadcastContext<K, D, B, M>, out: Collector<OUT>): void
  onMessage?(message: M, ctx: KeyedBroadcastContext<K, D, B, M>, out: Collector<OUT>): void
}
