/** The process functions users write: plain objects whose outputs are yielded, or collected where speed counts. */
import type { TypeTag } from '../schema.js'
import type { StateDescriptors } from '../state/state-descriptors.js'
import type { Collector, KeyedContext } from './process-context.js'

/** What a yielding function gives back; generators are drained before the next element. */
export type Emits<OUT> = Iterable<OUT> | void

/** What every keyed function declares. */
export interface KeyedFunctionOptions<D extends StateDescriptors, M> {
  /** Names the operator's state and messages across job versions. */
  readonly uid: string
  readonly state: D
  /** Type of the messages the operator sends to itself: `messages: type<Continue>()`. */
  readonly messages?: TypeTag<M>
  /** Allows `ctx.sendToKey`; the operator then runs at parallelism 1. */
  readonly sendsToKeys?: boolean
}

/** A function over one keyed stream that yields what it emits. */
export interface KeyedProcessFunction<
  K,
  IN,
  D extends StateDescriptors,
  OUT = never,
  TOUT = never,
  M = never,
  MOUT = TOUT,
> extends KeyedFunctionOptions<D, M> {
  readonly emits?: never
  processElement(value: IN, ctx: KeyedContext<K, D, M>): Emits<OUT>
  onTimer?(timestampMs: number, ctx: KeyedContext<K, D, M>): Emits<TOUT>
  onMessage?(message: M, ctx: KeyedContext<K, D, M>): Emits<MOUT>
}

/** A function over one keyed stream that collects what it emits. */
export interface KeyedCollectFunction<K, IN, D extends StateDescriptors, OUT, M = never>
  extends KeyedFunctionOptions<D, M> {
  readonly emits: TypeTag<OUT>
  processElement(value: IN, ctx: KeyedContext<K, D, M>, out: Collector<OUT>): void
  onTimer?(timestampMs: number, ctx: KeyedContext<K, D, M>, out: Collector<OUT>): void
  onMessage?(message: M, ctx: KeyedContext<K, D, M>, out: Collector<OUT>): void
}

/** A function over two keyed streams that yields what it emits. */
export interface KeyedCoProcessFunction<
  K,
  IN1,
  IN2,
  D extends StateDescriptors,
  OUT1 = never,
  OUT2 = never,
  TOUT = never,
  M = never,
  MOUT = TOUT,
> extends KeyedFunctionOptions<D, M> {
  readonly emits?: never
  processElement1(value: IN1, ctx: KeyedContext<K, D, M>): Emits<OUT1>
  processElement2(value: IN2, ctx: KeyedContext<K, D, M>): Emits<OUT2>
  onTimer?(timestampMs: number, ctx: KeyedContext<K, D, M>): Emits<TOUT>
  onMessage?(message: M, ctx: KeyedContext<K, D, M>): Emits<MOUT>
}

/** A function over two keyed streams that collects what it emits. */
export interface KeyedCoCollectFunction<K, IN1, IN2, D extends StateDescriptors, OUT, M = never>
  extends KeyedFunctionOptions<D, M> {
  readonly emits: TypeTag<OUT>
  processElement1(value: IN1, ctx: KeyedContext<K, D, M>, out: Collector<OUT>): void
  processElement2(value: IN2, ctx: KeyedContext<K, D, M>, out: Collector<OUT>): void
  onTimer?(timestampMs: number, ctx: KeyedContext<K, D, M>, out: Collector<OUT>): void
  onMessage?(message: M, ctx: KeyedContext<K, D, M>, out: Collector<OUT>): void
}

/** Folds the records of a key: emits the accumulator after each record. */
export interface ReduceFunction<T> {
  readonly uid: string
  reduce(accumulator: T, value: T): T
}
