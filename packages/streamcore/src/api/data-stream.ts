/** The streams of a job: every call records a node of the plan and runs nothing. One file, because each makes the others. */
import type { AnyKeyedFunction, KeySelector } from '../contracts/functions/any-keyed-function.js'
import type { OutputTag } from '../contracts/functions/output-tag.js'
import type {
  KeyedCoCollectFunction,
  KeyedCollectFunction,
  KeyedCoProcessFunction,
  KeyedProcessFunction,
  ReduceFunction,
} from '../contracts/functions/process-function.js'
import type { Key } from '../contracts/key.js'
import type { Sink } from '../contracts/sink.js'
import type { StateDescriptors } from '../contracts/state/state-descriptors.js'
import type { KeysMustMatch } from './keys-must-match.js'
import { assertFunction, keyedNode, reduceStates } from './keyed-node.js'
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
  process<D extends StateDescriptors, OUT, M = never>(
    fn: KeyedCollectFunction<K, T, D, OUT, M>,
  ): DataStream<OUT>
  process<D extends StateDescriptors, OUT = never, TOUT = never, M = never, MOUT = never>(
    fn: KeyedProcessFunction<K, T, D, OUT, TOUT, M, MOUT>,
  ): DataStream<OUT | TOUT | MOUT>
  process(fn: AnyKeyedFunction): DataStream<unknown> {
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

  /** Both streams side by side, to be processed with shared state per key; the keys must have the same type. */
  connect<K2 extends Key, T2>(other: KeyedStream<K2, T2> & KeysMustMatch<K, K2>): ConnectedStreams<K, T, T2> {
    const second: KeyedStream<K2, T2> = other
    return new ConnectedStreams<K, T, T2>(
      { origin: this.#origin, keySelector: this.#keySelector },
      { origin: second.#origin, keySelector: second.#keySelector },
    )
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
