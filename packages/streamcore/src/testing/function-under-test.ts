/** What a test runs: a function with everything that a job's plan would say of it. */
import type { AnyKeyedFunction, KeySelector } from '../contracts/functions/any-keyed-function.js'
import type { AnyProcessFunction } from '../contracts/functions/any-unkeyed-function.js'
import type { AnyBroadcastStateDescriptor } from '../contracts/state/operator-state.js'

/** A function of one or two keyed inputs; with `broadcast`, of one and a broadcast input. */
export interface KeyedUnderTest {
  readonly fn: AnyKeyedFunction
  /** One per keyed input. */
  readonly keySelectors: readonly KeySelector[]
  readonly broadcast?: readonly AnyBroadcastStateDescriptor[]
}

/** A function without a key; with `broadcast`, beside a broadcast input. */
export interface NonKeyedUnderTest {
  readonly process: AnyProcessFunction
  readonly broadcast?: readonly AnyBroadcastStateDescriptor[]
}

/** Any of them. */
export type FunctionUnderTest = KeyedUnderTest | NonKeyedUnderTest

/** The uid of the function. */
export function uidOf(underTest: FunctionUnderTest): string {
  return 'process' in underTest ? underTest.process.uid : underTest.fn.uid
}

/** How many inputs it has; a broadcast input is the last. */
export function inputCountOf(underTest: FunctionUnderTest): number {
  const own = 'process' in underTest ? 1 : underTest.keySelectors.length
  return own + (underTest.broadcast === undefined ? 0 : 1)
}

/** Whether this input is the broadcast one. */
export function isBroadcastInput(underTest: FunctionUnderTest, input: number): boolean {
  return underTest.broadcast !== undefined && input === inputCountOf(underTest) - 1
}
