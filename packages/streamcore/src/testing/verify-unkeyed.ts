/** Runs the same input in several ways through functions without a key, and through those beside a broadcast stream. */
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
import type {
  AnyBroadcastStateDescriptor,
  OperatorStateDescriptors,
} from '../contracts/state/operator-state.js'
import type { StateDescriptors } from '../contracts/state/state-descriptors.js'
import type { KeyedStep } from './keyed-step.js'
import { verifyModes, type VerifyOptions } from './verify-keyed.js'

/** Options of {@link verifyProcess}. */
export interface VerifyProcessOptions<F, IN> extends VerifyOptions {
  readonly fn: F
  readonly input: readonly KeyedStep<IN>[]
}

/** Options of {@link verifyBroadcast}; `element2` is a record of the broadcast stream. */
export interface VerifyBroadcastOptions<F, IN, BIN, B extends AnyBroadcastStateDescriptor>
  extends VerifyOptions {
  readonly fn: F
  /** What the stream is broadcast with. */
  readonly broadcast: readonly B[]
  readonly input: readonly KeyedStep<IN, BIN>[]
}

/** Options of {@link verifyKeyedBroadcast}; `element2` is a record of the broadcast stream. */
export interface VerifyKeyedBroadcastOptions<F, K extends Key, IN, BIN, B extends AnyBroadcastStateDescriptor>
  extends VerifyBroadcastOptions<F, IN, BIN, B> {
  keyBy(value: IN): K
}

/**
 * Checks a function without a key as `verifyKeyed` does, but at parallelism 1: with more, each subtask sees other records.
 * @throws KeyedVerificationError naming the way that gave something else
 */
export function verifyProcess<IN, D extends OperatorStateDescriptors, OUT>(
  options: VerifyProcessOptions<CollectFunction<IN, D, OUT>, IN>,
): void
export function verifyProcess<IN, D extends OperatorStateDescriptors, OUT = never, EOUT = never>(
  options: VerifyProcessOptions<ProcessFunction<IN, D, OUT, EOUT>, IN>,
): void
export function verifyProcess(options: VerifyProcessOptions<AnyProcessFunction, unknown>): void {
  verifyModes(options, { process: options.fn })
}

/** Checks a function without a key beside a broadcast stream as {@link verifyProcess} does. */
export function verifyBroadcast<
  IN,
  BIN,
  D extends OperatorStateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT,
>(options: VerifyBroadcastOptions<BroadcastCollectFunction<IN, BIN, D, B, OUT>, IN, BIN, B>): void
export function verifyBroadcast<
  IN,
  BIN,
  D extends OperatorStateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT = never,
  BOUT = never,
  EOUT = never,
>(options: VerifyBroadcastOptions<BroadcastProcessFunction<IN, BIN, D, B, OUT, BOUT, EOUT>, IN, BIN, B>): void
export function verifyBroadcast(
  options: VerifyBroadcastOptions<AnyProcessFunction, unknown, unknown, AnyBroadcastStateDescriptor>,
): void {
  verifyModes(options, { process: options.fn, broadcast: options.broadcast })
}

/**
 * Checks a keyed function beside a broadcast stream as `verifyKeyed` does. Of what `processBroadcastElement` emits only
 * that of the first subtask counts: the others emit the same.
 */
export function verifyKeyedBroadcast<
  K extends Key,
  IN,
  BIN,
  D extends StateDescriptors,
  B extends AnyBroadcastStateDescriptor,
  OUT,
  M = never,
>(
  options: VerifyKeyedBroadcastOptions<
    KeyedBroadcastCollectFunction<K, IN, BIN, D, B, OUT, M>,
    K,
    IN,
    BIN,
    B
  >,
): void
export function verifyKeyedBroadcast<
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
  options: VerifyKeyedBroadcastOptions<
    KeyedBroadcastProcessFunction<K, IN, BIN, D, B, OUT, BOUT, TOUT, M, MOUT>,
    K,
    IN,
    BIN,
    B
  >,
): void
export function verifyKeyedBroadcast(
  options: VerifyKeyedBroadcastOptions<AnyKeyedFunction, Key, unknown, unknown, AnyBroadcastStateDescriptor>,
): void {
  verifyModes(options, {
    fn: options.fn,
    keySelectors: [{ select: (value) => options.keyBy(value) }],
    broadcast: options.broadcast,
  })
}
