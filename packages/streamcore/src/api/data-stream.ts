/** The streams of a job: every call records a node of the plan and runs nothing. One file, because each makes the others. */
import type { AnyKeyedFunction, KeySelector } from '../contracts/functions/any-keyed-function.js'
import type { AnyProcessFunction } from '../contracts/functions/any-unkeyed-function.js'
import type { OutputTag } from '../contracts/functions/output-tag.js'
import type {
  KeyedCoCollectFunction,
  KeyedCollectFunction,
  KeyedCoProcessFunction,
  KeyedProcessFunction,
  ReduceFunction,
} from '../contracts/functions/process-function.js'
import type {
  BroadcastCollectFunction,
  BroadcastProcessFunction,
  CollectFunction,
  KeyedBroadcastCollectFunction,
  KeyedBroadcastProcessFunction,
  ProcessFunction,
} from '../contracts/functions/unkeyed-function.js'
import type { Key } from '../contracts/key.js'
import type { Sink } from '../contracts/sink.js'
import type {
  AnyBroadcastStateDescriptor,
  OperatorStateDescriptors,
} from '../contracts/state/operator-state.js'
import type { StateDescriptors } from '../contracts/state/state-descriptors.js'
import { BroadcastStream } from './broadcast-stream.js'
import type { KeysMustMatch } from './keys-must-match.js'
import { assertFunction, keyedNode, nonKeyedNode, reduceStates } from './keyed-node.js'
import type { StreamOrigin } from './stream-origin.js'

/** The record type of a stream. */
export type RecordOf<S> = S extends DataStream<infer T> ? T : never

/** Options of `sinkTo`. */
export interface SinkToOptions {
  /** Names the sink's commit markers; keep it across versions of the job. */
  readonly uid: string
}

/** Records of type T, in order per channel. Made by `env.fromSource` and by the operators below. */
export class DataStream<T> {
  readonly #origin: StreamOrigin

  /** Only for streamcore: streams come from the environment and from each other. */
  constructor(origin: StreamOrigin) {
    this.#origin = origin
  }

  /** One record for each record. */
  map<OUT>(fn: (value: T) => OUT): DataStream<OUT> {
    assertFunction(fn, 'map')
    return new DataStream<OUT>(this.#origin.append({ kind: 'map' }, { kind: 'map', map: fn }))
  }

  /** Keeps the records for which `fn` is true; a type guard narrows the stream. */
  filter<OUT extends T>(fn: (value: T) => value is OUT): DataStream<OUT>
  filter(fn: (value: T) => boolean): DataStream<T>
  filter(fn: (value: T) => boolean): DataStream<T> {
    assertFunction(fn, 'filter')
    return new DataStream<T>(this.#origin.append({ kind: 'filter' }, { kind: 'filter', filter: fn }))
  }

  /** Any number of records for each record. */
  flatMap<OUT>(fn: (value: T) => Iterable<OUT>): DataStream<OUT> {
    assertFunction(fn, 'flatMap')
    return new DataStream<OUT>(this.#origin.append({ kind: 'flatMap' }, { kind: 'flatMap', flatMap: fn }))
  }

  /** This stream and the others as one; the order between them is undefined. */
  union<S extends readonly DataStream<unknown>[]>(...others: S): DataStream<T | RecordOf<S[number]>> {
    return new DataStream<T | RecordOf<S[number]>>(this.#origin.join(others.map((other) => other.#origin)))
  }

  /**
   * Partitions by key: records of one key meet in one subtask and share state. Return a tuple for keys of several parts.
   * A selector that gives undefined, null or NaN does not compile, and fails the job where types did not see it.
   */
  keyBy<const K extends Key>(keySelector: (value: T) => K): KeyedStream<K, T> {
    assertFunction(keySelector, 'keyBy')
    return new KeyedStream<K, T>(this.#origin, { select: keySelector, text: String(keySelector) })
  }

  /** Runs a function with operator state: one list per subtask, not per key. It yields what it emits, or collects it. */
  process<D extends OperatorStateDescriptors, OUT>(fn: CollectFunction<T, D, OUT>): DataStream<OUT>
  process<D extends OperatorStateDescriptors, OUT = never, EOUT = never>(
    fn: ProcessFunction<T, D, OUT, EOUT>,
  ): DataStream<OUT | EOUT>
  process(fn: AnyProcessFunction): DataStream<unknown> {
    assertFunction(fn.processElement, 'process', 'processElement')
    const node = nonKeyedNode('non-keyed-process', fn)
    return new DataStream<unknown>(this.#origin.append(node, { kind: 'non-keyed-process', fn }))
  }

  /**
   * Sends every record to every subtask of what connects to it, where it may change these states; all subtasks then hold
   * the same. Such states are meant to be small: rules, rates, settings.
   */
  broadcast<S extends readonly [AnyBroadcastStateDescriptor, ...AnyBroadcastStateDescriptor[]]>(
    ...states: S
  ): BroadcastStream<T, S[number]> {
    return new BroadcastStream<T, S[number]>(this.#origin, states)
  }

  /**
   * This stream beside a broadcast one, whose states its records can look into. Event time is that of both: a broadcast
   * stream without watermarks holds it back until it ends.
   */
  connect<T2, B extends AnyBroadcastStateDescriptor>(
    broadcast: BroadcastStream<T2, B>,
  ): BroadcastConnectedStream<T, T2, B> {
    return new BroadcastConnectedStream<T, T2, B>(this.#origin, broadcast)
  }

  /** What the operator that made this stream emitted with `ctx.output(tag, value)`. */
  getSideOutput<S>(tag: OutputTag<S>): DataStream<S> {
    return new DataStream<S>(this.#origin.sideOutput(tag.id))
  }

  /** Ends the stream in a sink that takes its records. */
  sinkTo(sink: Sink<T>, options: SinkToOptions): void {
    const { kind: sinkKind, delivery, config } = sink
    this.#origin.append(
      { kind: 'sink', uid: options.uid, sinkKind, delivery, config },
      { kind: 'sink', sink },
    )
  }
}

/** A stream partitioned by a key of type K. */
export class KeyedStream<K extends Key, T> extends DataStream<T> {
  readonly #origin: StreamOrigin
  readonly #keySelector: KeySelector

  /** Only for streamcore: use `keyBy`. */
  constructor(origin: StreamOrigin, keySelector: KeySelector) {
    super(origin)
    this.#origin = origin
    this.#keySelector = keySelector
  }

  /** Runs a function with state and timers per key; it yields what it emits, or collects it (`emits: type<Row>()`). */
  override process<D extends StateDescriptors, OUT, M = never>(
    fn: KeyedCollectFunction<K, T, D, OUT, M>,
  ): DataStream<OUT>
  override process<D extends StateDescriptors, OUT = never, TOUT = never, M = never, MOUT = never>(
    fn: KeyedProcessFunction<K, T, D, OUT, TOUT, M, MOUT>,
  ): DataStream<OUT | TOUT | MOUT>
  override process(fn: AnyKeyedFunction): DataStream<unknown> {
    assertFunction(fn.processElement, 'process', 'processElement')
    return new DataStream<unknown>(
      this.#origin.appendKeyed(keyedNode('process', fn), {
        kind: 'process',
        keySelectors: [this.#keySelector],
        fn,
      }),
    )
  }

  /** Folds the records of each key and emits the accumulator after each record; the first record starts it. */
  reduce(fn: ReduceFunction<T>): DataStream<T> {
    assertFunction(fn.reduce, 'reduce', 'reduce')
    return new DataStream<T>(
      this.#origin.appendKeyed(
        { kind: 'reduce', uid: fn.uid, states: reduceStates, sendsToKeys: false },
        {
          kind: 'reduce',
          keySelectors: [this.#keySelector],
          reduce: (a: T, value: T) => fn.reduce(a, value),
        },
      ),
    )
  }

  /** This stream beside a broadcast one, whose states its records can look into; event time is that of both. */
  override connect<T2, B extends AnyBroadcastStateDescriptor>(
    broadcast: BroadcastStream<T2, B>,
  ): KeyedBroadcastConnectedStream<K, T, T2, B>
  /** Both streams side by side, to be processed with shared state per key; the keys must have the same type. */
  override connect<K2 extends Key, T2>(
    other: KeyedStream<K2, T2> & KeysMustMatch<K, K2>,
  ): ConnectedStreams<K, T, T2>
  override connect<T2, B extends AnyBroadcastStateDescriptor>(
    other: KeyedStream<Key, T2> | BroadcastStream<T2, B>,
  ): ConnectedStreams<K, T, T2> | KeyedBroadcastConnectedStream<K, T, T2, B> {
    const first = { origin: this.#origin, keySelector: this.#keySelector }
    if (other instanceof BroadcastStream) return new KeyedBroadcastConnectedStream(first, other)
    return new ConnectedStreams<K, T, T2>(first, { origin: other.#origin, keySelector: other.#keySelector })
  }
}

/** One input of connected streams. */
interface KeyedInput {
  readonly origin: StreamOrigin
  readonly keySelector: KeySelector
}

/** Two streams partitioned by the same type of key. */
export class ConnectedStreams<K extends Key, T1, T2> {
  readonly #first: KeyedInput
  readonly #second: KeyedInput

  /** Only for streamcore: use `connect`. */
  constructor(first: KeyedInput, second: KeyedInput) {
    this.#first = first
    this.#second = second
  }

  /** Runs a function whose two inputs share state and timers per key; it yields what it emits, or collects it. */
  process<D extends StateDescriptors, OUT, M = never>(
    fn: KeyedCoCollectFunction<K, T1, T2, D, OUT, M>,
  ): DataStream<OUT>
  process<D extends StateDescriptors, OUT1 = never, OUT2 = never, TOUT = never, M = never, MOUT = never>(
    fn: KeyedCoProcessFunction<K, T1, T2, D, OUT1, OUT2, TOUT, M, MOUT>,
  ): DataStream<OUT1 | OUT2 | TOUT | MOUT>
  process(fn: AnyKeyedFunction): DataStream<unknown> {
    assertFunction(fn.processElement1, 'process', 'processElement1')
    assertFunction(fn.processElement2, 'process', 'processElement2')
    const keySelectors = [this.#first.keySelector, this.#second.keySelector] as const
    const binding = { kind: 'co-process', keySelectors, fn } as const
    return new DataStream<unknown>(
      this.#first.origin.appendConnected(this.#second.origin, keyedNode('co-process', fn), binding),
    )
  }
}

/** A stream without keys beside a broadcast one. */
export class BroadcastConnectedStream<T, T2, B extends AnyBroadcastStateDescriptor> {
  readonly #first: StreamOrigin
  readonly #broadcast: BroadcastStream<T2, B>

  /** Only for streamcore: use `connect`. */
  constructor(first: StreamOrigin, broadcast: BroadcastStream<T2, B>) {
    this.#first = first
    this.#broadcast = broadcast
  }

  /** Runs a function whose records look into the states that broadcast elements change; it yields what it emits, or collects it. */
  process<D extends OperatorStateDescriptors, OUT>(
    fn: BroadcastCollectFunction<T, T2, D, B, OUT>,
  ): DataStream<OUT>
  process<D extends OperatorStateDescriptors, OUT = never, BOUT = never, EOUT = never>(
    fn: BroadcastProcessFunction<T, T2, D, B, OUT, BOUT, EOUT>,
  ): DataStream<OUT | BOUT | EOUT>
  process(fn: AnyProcessFunction): DataStream<unknown> {
    assertFunction(fn.processElement, 'process', 'processElement')
    assertFunction(fn.processBroadcastElement, 'process', 'processBroadcastElement')
    const { origin, states } = this.#broadcast
    const binding = { kind: 'non-keyed-broadcast', fn, broadcast: states } as const
    return new DataStream<unknown>(
      this.#first.appendBroadcast(origin, nonKeyedNode('non-keyed-broadcast', fn, states), binding),
    )
  }
}

/** A keyed stream beside a broadcast one. */
export class KeyedBroadcastConnectedStream<
  K extends Key,
  T,
  T2,
  B extends AnyBroadcastStateDescriptor,
> extends BroadcastConnectedStream<T, T2, B> {
  readonly #first: KeyedInput
  readonly #broadcast: BroadcastStream<T2, B>

  /** Only for streamcore: use `connect`. */
  constructor(first: KeyedInput, broadcast: BroadcastStream<T2, B>) {
    super(first.origin, broadcast)
    this.#first = first
    this.#broadcast = broadcast
  }

  /** Runs a function with state and timers per key, which also looks into the states that broadcast elements change. */
  override process<D extends StateDescriptors, OUT, M = never>(
    fn: KeyedBroadcastCollectFunction<K, T, T2, D, B, OUT, M>,
  ): DataStream<OUT>
  override process<
    D extends StateDescriptors,
    OUT = never,
    BOUT = never,
    TOUT = never,
    M = never,
    MOUT = never,
  >(
    fn: KeyedBroadcastProcessFunction<K, T, T2, D, B, OUT, BOUT, TOUT, M, MOUT>,
  ): DataStream<OUT | BOUT | TOUT | MOUT>
  override process(fn: AnyKeyedFunction): DataStream<unknown> {
    assertFunction(fn.processElement, 'process', 'processElement')
    assertFunction(fn.processBroadcastElement, 'process', 'processBroadcastElement')
    const { origin, states } = this.#broadcast
    const keySelectors = [this.#first.keySelector] as const
    const binding = { kind: 'keyed-broadcast', keySelectors, fn, broadcast: states } as const
    return new DataStream<unknown>(
      this.#first.origin.appendBroadcast(origin, keyedNode('keyed-broadcast', fn, states), binding),
    )
  }
}
