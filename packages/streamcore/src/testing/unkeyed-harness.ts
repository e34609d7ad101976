/** Runs functions without a key, and those beside a broadcast stream, by themselves: feed records and look at what comes out. */
import type { AnyKeyedFunction } from '../contracts/functions/any-keyed-function.js'
import type { AnyProcessFunction } from '../contracts/functions/any-unkeyed-function.js'
import type {
  BroadcastCollectFunction,
  BroadcastProcessFunction,
  CollectFunction,
  KeyedBroadcastCollectFunction,
  KeyedBroadcastProcessFunction,
  ProcessFunction,
} from '../contracts/functions/unkeyed-function.js'
import type { Key } from '../contracts/key.js'
import type { TypeTag } from '../contracts/schema.js'
import type {
  AnyBroadcastStateDescriptor,
  OperatorStateDescriptors,
} from '../contracts/state/operator-state.js'
import type { StateDescriptors } from '../contracts/state/state-descriptors.js'
import { HarnessRun } from './harness-run.js'

/** Options of {@link processHarness}. */
export interface ProcessHarnessOptions<IN> {
  /** The record type, where the function does not name it: `type<Payment>()`. */
  readonly input?: TypeTag<IN>
  /** Wall-clock time at the start; 0 where nothing is said. */
  readonly startMs?: number
}

/** Options of {@link broadcastHarness}. */
export interface BroadcastHarnessOptions<IN, BIN, B extends AnyBroadcastStateDescriptor>
  extends ProcessHarnessOptions<IN> {
  /** What the stream is broadcast with. */
  readonly broadcast: readonly B[]
  /** The record type of the broadcast stream, where the function does not name it. */
  readonly broadcastInput?: TypeTag<BIN>
}

/** Options of {@link keyedBroadcastHarness}. */
export interface KeyedBroadcastHarnessOptions<K extends Key, IN, BIN, B extends AnyBroadcastStateDescriptor>
  extends BroadcastHarnessOptions<IN, BIN, B> {
  /** As in the job's `keyBy`. */
  keyBy(value: IN): K
}

/** A function without a key under test. After `restart({ parallelism })` records are dealt out in turn. */
export class ProcessHarness<IN, OUT> extends HarnessRun<OUT> {
  /** Feeds a record and gives what the main output got; `timestampMs` is its event time. */
  element(value: IN, timestampMs: number = Number.NEGATIVE_INFINITY): readonly OUT[] {
    return this.feed(0, value, timestampMs)
  }
}

/** A function beside a broadcast stream under test. */
export class BroadcastHarness<IN, BIN, OUT> extends ProcessHarness<IN, OUT> {
  /**
   * Feeds a record of the broadcast stream into every subtask and gives what the main output of the first one got: the
   * others emit the same.
   */
  broadcastElement(value: BIN, timestampMs: number = Number.NEGATIVE_INFINITY): readonly OUT[] {
    return this.feed(1, value, timestampMs)
  }
}

/** A harness for what `.process(fn)` runs on a stream without keys. */
export function processHarness<IN, D extends OperatorStateDescriptors, OUT>(
  fn: CollectFunction<IN, D, OUT>,
  options?: ProcessHarnessOptions<IN>,
): ProcessHarness<IN, OUT>
export function processHarness<IN, D extends OperatorStateDescriptors, OUT = never, EOUT = never>(
  fn: ProcessFunction<IN, D, OUT, EOUT>,
  options?: ProcessHarnessOptions<IN>,
): ProcessHarness<IN, OUT | EOUT>
export function processHarness(
  fn: AnyProcessFunction,
  options: ProcessHarnessOptions<unknown> = {},
): ProcessHarness<unknown, unknown> {
  return new ProcessHarness<unknown, unknown>({ process: fn }, options.startMs)
}

/** A harness for what `a.connect(b.broadcast(…)).process(fn)` runs. */
export function broadcastHarness<
  IN,
  BIN,
  D extends OperatorStateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT,
>(
  fn: BroadcastCollectFunction<IN, BIN, D, B, OUT>,
  options: BroadcastHarnessOptions<IN, BIN, B>,
): BroadcastHarness<IN, BIN, OUT>
export function broadcastHarness<
  IN,
  BIN,
  D extends OperatorStateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT = never,
  BOUT = never,
  EOUT = never,
>(
  fn: BroadcastProcessFunction<IN, BIN, D, B, OUT, BOUT, EOUT>,
  options: BroadcastHarnessOptions<IN, BIN, B>,
): BroadcastHarness<IN, BIN, OUT | BOUT | EOUT>
export function broadcastHarness(
  fn: AnyProcessFunction,
  { broadcast, startMs }: BroadcastHarnessOptions<unknown, unknown, AnyBroadcastStateDescriptor>,
): BroadcastHarness<unknown, unknown, unknown> {
  return new BroadcastHarness<unknown, unknown, unknown>({ process: fn, broadcast }, startMs)
}

/**
 * A harness for what `a.keyBy(…).connect(b.broadcast(…)).process(fn)` runs.
 * @example
 * const harness = keyedBroadcastHarness(convert, { keyBy: (payment: Payment) => payment.account, broadcast: [rates] })
 * harness.broadcastElement({ currency: 'USD', rate: 2 })
 * expect(harness.element({ account: 'a', currency: 'USD', amount: 3 })).toEqual([6])
 */
export function keyedBroadcastHarness<
  K extends Key,
  IN,
  BIN,
  D extends StateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT,
  M = never,
>(
  fn: KeyedBroadcastCollectFunction<K, IN, BIN, D, B, OUT, M>,
  options: KeyedBroadcastHarnessOptions<K, IN, BIN, B>,
): BroadcastHarness<IN, BIN, OUT>
export function keyedBroadcastHarness<
  K extends Key,
  IN,
  BIN,
  D extends StateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT = never,
  BOUT = never,
  TOUT = never,
  M = never,
  MOUT = never,
>(
  fn: KeyedBroadcastProcessFunction<K, IN, BIN, D, B, OUT, BOUT, TOUT, M, MOUT>,
  options: KeyedBroadcastHarnessOptions<K, IN, BIN, B>,
): BroadcastHarness<IN, BIN, OUT | BOUT | TOUT | MOUT>
export function keyedBroadcastHarness(
  fn: AnyKeyedFunction,
  options: KeyedBroadcastHarnessOptions<Key, unknown, unknown, AnyBroadcastStateDescriptor>,
): BroadcastHarness<unknown, unknown, unknown> {
  const { broadcast, startMs } = options
  const keySelectors = [{ select: (value: unknown) => options.keyBy(value) }]
  return new BroadcastHarness<unknown, unknown, unknown>({ fn, keySelectors, broadcast }, startMs)
}
