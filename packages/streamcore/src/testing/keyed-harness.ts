/** Runs a keyed function by itself: feed records, watermarks and time, and look at what comes out. No job, no waiting. */
import type { AnyKeyedFunction } from '../contracts/functions/any-keyed-function.js'
import type {
  KeyedCoCollectFunction,
  KeyedCollectFunction,
  KeyedCoProcessFunction,
  KeyedProcessFunction,
} from '../contracts/functions/process-function.js'
import type { Key } from '../contracts/key.js'
import type { StateDescriptors } from '../contracts/state/state-descriptors.js'
import { HarnessRun } from './harness-run.js'

/** Options of {@link keyedHarness}. */
export interface KeyedHarnessOptions<K extends Key, IN> {
  /** As in the job's `keyBy`. */
  keyBy(value: IN): K
  /** Wall-clock time at the start; 0 where nothing is said. */
  readonly startMs?: number
}

/** Options of {@link coKeyedHarness}. */
export interface CoKeyedHarnessOptions<K extends Key, IN1, IN2> {
  keyBy1(value: IN1): K
  keyBy2(value: IN2): K
  readonly startMs?: number
}

/** A function of one keyed stream under test. */
export class KeyedHarness<IN, OUT> extends HarnessRun<OUT> {
  /** Feeds a record and gives what the main output got; `timestampMs` is its event time. */
  element(value: IN, timestampMs: number = Number.NEGATIVE_INFINITY): readonly OUT[] {
    return this.feed(0, value, timestampMs)
  }

  /** Feeds records without event time, one after another, and gives what the main output got. */
  elements(values: Iterable<IN>): readonly OUT[] {
    return this.during(() => {
      for (const value of values) this.feed(0, value, Number.NEGATIVE_INFINITY)
    })
  }
}

/** A function of two keyed streams under test. */
export class CoKeyedHarness<IN1, IN2, OUT> extends HarnessRun<OUT> {
  /** Feeds a record of the first input and gives what the main output got. */
  element1(value: IN1, timestampMs: number = Number.NEGATIVE_INFINITY): readonly OUT[] {
    return this.feed(0, value, timestampMs)
  }

  /** Feeds a record of the second input and gives what the main output got. */
  element2(value: IN2, timestampMs: number = Number.NEGATIVE_INFINITY): readonly OUT[] {
    return this.feed(1, value, timestampMs)
  }

  /** A watermark of the first input only. */
  watermark1(watermarkMs: number): readonly OUT[] {
    return this.during(() => this.subtasks.watermark(0, watermarkMs))
  }

  /** A watermark of the second input only. */
  watermark2(watermarkMs: number): readonly OUT[] {
    return this.during(() => this.subtasks.watermark(1, watermarkMs))
  }
}

/**
 * A harness for what `.keyBy(…).process(fn)` runs.
 * @example
 * const harness = keyedHarness(clicksPerMinute, { keyBy: (click: Click) => click.user })
 * harness.element({ user: 'ann' }, seconds(10))
 * expect(harness.watermark(minutes(1))).toEqual([{ user: 'ann', count: 1 }])
 */
export function keyedHarness<K extends Key, IN, D extends StateDescriptors, OUT, M = never>(
  fn: KeyedCollectFunction<K, IN, D, OUT, M>,
  options: KeyedHarnessOptions<K, IN>,
): KeyedHarness<IN, OUT>
export function keyedHarness<
  K extends Key,
  IN,
  D extends StateDescriptors,
  OUT = never,
  TOUT = never,
  M = never,
  MOUT = never,
>(
  fn: KeyedProcessFunction<K, IN, D, OUT, TOUT, M, MOUT>,
  options: KeyedHarnessOptions<K, IN>,
): KeyedHarness<IN, OUT | TOUT | MOUT>
export function keyedHarness(
  fn: AnyKeyedFunction,
  options: KeyedHarnessOptions<Key, unknown>,
): KeyedHarness<unknown, unknown> {
  const keySelectors = [{ select: (value: unknown) => options.keyBy(value) }]
  return new KeyedHarness<unknown, unknown>({ fn, keySelectors }, options.startMs)
}

/** A harness for what `a.keyBy(…).connect(b.keyBy(…)).process(fn)` runs. */
export function coKeyedHarness<K extends Key, IN1, IN2, D extends StateDescriptors, OUT, M = never>(
  fn: KeyedCoCollectFunction<K, IN1, IN2, D, OUT, M>,
  options: CoKeyedHarnessOptions<K, IN1, IN2>,
): CoKeyedHarness<IN1, IN2, OUT>
export function coKeyedHarness<
  K extends Key,
  IN1,
  IN2,
  D extends StateDescriptors,
  OUT1 = never,
  OUT2 = never,
  TOUT = never,
  M = never,
  MOUT = never,
>(
  fn: KeyedCoProcessFunction<K, IN1, IN2, D, OUT1, OUT2, TOUT, M, MOUT>,
  options: CoKeyedHarnessOptions<K, IN1, IN2>,
): CoKeyedHarness<IN1, IN2, OUT1 | OUT2 | TOUT | MOUT>
export function coKeyedHarness(
  fn: AnyKeyedFunction,
  options: CoKeyedHarnessOptions<Key, unknown, unknown>,
): CoKeyedHarness<unknown, unknown, unknown> {
  const keySelectors = [
    { select: (value: unknown) => options.keyBy1(value) },
    { select: (value: unknown) => options.keyBy2(value) },
  ]
  return new CoKeyedHarness<unknown, unknown, unknown>({ fn, keySelectors }, options.startMs)
}
