/** Runs the same input through a keyed function in several ways and fails with the way that gave something else. */
import { messageOf, StreamcoreError } from '../contracts/errors.js'
import type { AnyKeyedFunction } from '../contracts/functions/any-keyed-function.js'
import type { OutputTag } from '../contracts/functions/output-tag.js'
import type {
  KeyedCoCollectFunction,
  KeyedCollectFunction,
  KeyedCoProcessFunction,
  KeyedProcessFunction,
} from '../contracts/functions/process-function.js'
import { canonicalText, type Key } from '../contracts/key.js'
import type { StateDescriptors } from '../contracts/state/state-descriptors.js'
import { isDeepEqual } from './deep-equal.js'
import type { Emission } from './emissions.js'
import { FrozenValues } from './frozen-values.js'
import { type FunctionUnderTest, uidOf } from './function-under-test.js'
import { type AnyStep, elementByElement, type Mode, type ModeInput, otherModes } from './keyed-modes.js'
import { valueText } from '../operators/value-text.js'
import type { KeyedStep } from './keyed-step.js'

/** What a side output must get, made by {@link sideOutputOf}. */
export interface SideExpectation {
  readonly tag: string
  readonly values: readonly unknown[]
}

/** Says what a side output must get. */
export function sideOutputOf<T>(tag: OutputTag<T>, values: readonly T[]): SideExpectation {
  return { tag: tag.id, values }
}

/** What both kinds of verification take. */
export interface VerifyOptions {
  /** What the main output must get when the input is fed element by element; compared by content. */
  readonly expect: readonly unknown[]
  readonly expectSide?: readonly SideExpectation[]
  /**
   * What must stay the same in the other ways: the order of each key's records (the default), or only which records.
   * Choose `any` when messages and later elements of a key may overtake each other.
   */
  readonly order?: 'per-key' | 'any'
  /** Wall-clock time at the start; 0 where nothing is said. */
  readonly startMs?: number
}

/** Options of {@link verifyKeyed}. */
export interface VerifyKeyedOptions<F, K extends Key, IN> extends VerifyOptions {
  readonly fn: F
  keyBy(value: IN): K
  readonly input: readonly KeyedStep<IN>[]
}

/** Options of {@link verifyCoKeyed}. */
export interface VerifyCoKeyedOptions<F, K extends Key, IN1, IN2> extends VerifyOptions {
  readonly fn: F
  keyBy1(value: IN1): K
  keyBy2(value: IN2): K
  readonly input: readonly KeyedStep<IN1, IN2>[]
}

/** Tells which way of feeding the input gave what; test runners show the two lists. */
export class KeyedVerificationError extends StreamcoreError {
  override readonly name: string = 'KeyedVerificationError'
  readonly mode: string
  readonly expected: readonly unknown[]
  readonly actual: readonly unknown[]

  constructor(
    mode: string,
    message: string,
    lists: { expected: readonly unknown[]; actual: readonly unknown[] },
  ) {
    super('STREAMCORE_ASSERTION', message)
    this.mode = mode
    this.expected = lists.expected
    this.actual = lists.actual
  }
}

/**
 * Checks a function of one keyed stream. The input is fed element by element; all at once; with snapshot and restore
 * between all elements; with restores at other parallelisms; against an output that refuses every other element; with
 * records and state values frozen.
 * @throws KeyedVerificationError naming the way that gave something else
 */
export function verifyKeyed<K extends Key, IN, D extends StateDescriptors, OUT, M = never>(
  options: VerifyKeyedOptions<KeyedCollectFunction<K, IN, D, OUT, M>, K, IN>,
): void
export function verifyKeyed<
  K extends Key,
  IN,
  D extends StateDescriptors,
  OUT = never,
  TOUT = never,
  M = never,
  MOUT = never,
>(options: VerifyKeyedOptions<KeyedProcessFunction<K, IN, D, OUT, TOUT, M, MOUT>, K, IN>): void
export function verifyKeyed(options: VerifyKeyedOptions<AnyKeyedFunction, Key, unknown>): void {
  verifyModes(options, {
    fn: options.fn,
    keySelectors: [{ select: (value) => options.keyBy(value) }],
  })
}

/** Checks a function of two keyed streams as {@link verifyKeyed} does. */
export function verifyCoKeyed<K extends Key, IN1, IN2, D extends StateDescriptors, OUT, M = never>(
  options: VerifyCoKeyedOptions<KeyedCoCollectFunction<K, IN1, IN2, D, OUT, M>, K, IN1, IN2>,
): void
export function verifyCoKeyed<
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
  options: VerifyCoKeyedOptions<
    KeyedCoProcessFunction<K, IN1, IN2, D, OUT1, OUT2, TOUT, M, MOUT>,
    K,
    IN1,
    IN2
  >,
): void
export function verifyCoKeyed(options: VerifyCoKeyedOptions<AnyKeyedFunction, Key, unknown, unknown>): void {
  verifyModes(options, {
    fn: options.fn,
    keySelectors: [
      { select: (value) => options.keyBy1(value) },
      { select: (value) => options.keyBy2(value) },
    ],
  })
}

/** Runs the input in all modes: for streamcore's own verify functions. */
export function verifyModes(
  options: VerifyOptions & { readonly input: readonly AnyStep[] },
  underTest: FunctionUnderTest,
): void {
  const input: ModeInput = { underTest, steps: options.input, startMs: options.startMs ?? 0 }
  // Frozen from the start, because a mode that changed them would spoil the input of the next.
  const records = new FrozenValues()
  for (const step of options.input) if (step.kind === 'element') records.freeze(step.value)
  const reference = elementByElement.run(input)
  records.assertUnchanged()
  compareSide(undefined, options.expect, reference)
  for (const { tag, values } of options.expectSide ?? []) compareSide(tag, values, reference)
  const order = options.order ?? 'per-key'
  for (const mode of otherModes) compareByKey({ mode, order, reference, actual: runMode(mode, input) })
}

function runMode(mode: Mode, input: ModeInput): readonly Emission[] {
  try {
    return mode.run(input)
  } catch (error) {
    throw new StreamcoreError(
      'STREAMCORE_ASSERTION',
      `Expected operator '${uidOf(input.underTest)}' to take the input also in the mode '${mode.name}', got: ${messageOf(error)}`,
      { cause: error },
    )
  }
}

function compareSide(
  tag: string | undefined,
  expected: readonly unknown[],
  reference: readonly Emission[],
): void {
  const actual = reference.filter((emission) => emission.tag === tag).map(({ value }) => value)
  if (isDeepEqual(expected, actual)) return
  const output = tag === undefined ? 'the main output' : `side output '${tag}'`
  throw new KeyedVerificationError(
    elementByElement.name,
    `Expected other records from ${output} (mode '${elementByElement.name}'): ${firstDifference(expected, actual)}`,
    { expected, actual },
  )
}

interface Comparison {
  readonly mode: Mode
  readonly order: 'per-key' | 'any'
  readonly reference: readonly Emission[]
  readonly actual: readonly Emission[]
}

function compareByKey({ mode, order, reference, actual }: Comparison): void {
  const keys = new Map([...reference, ...actual].map(({ key }) => [canonicalText(key), key]))
  for (const [key] of keys) {
    const expected = recordsOf(reference, key)
    const got = recordsOf(actual, key)
    const isSame = order === 'any' ? isSameBag(expected, got) : isDeepEqual(expected, got)
    if (isSame) continue
    throw new KeyedVerificationError(
      mode.name,
      `Expected the same records for key ${key} in the mode '${mode.name}' as element by element: ${firstDifference(expected, got)}`,
      { expected, actual: got },
    )
  }
}

/** Main output as the values themselves, side outputs with their tag. */
function recordsOf(emissions: readonly Emission[], key: string): readonly unknown[] {
  return emissions
    .filter((emission) => canonicalText(emission.key) === key)
    .map(({ tag, value }) => (tag === undefined ? value : { tag, value }))
}

function isSameBag(expected: readonly unknown[], actual: readonly unknown[]): boolean {
  const left = [...expected]
  for (const value of actual) {
    const at = left.findIndex((candidate) => isDeepEqual(candidate, value))
    if (at < 0) return false
    left.splice(at, 1)
  }
  return left.length === 0
}

function firstDifference(expected: readonly unknown[], actual: readonly unknown[]): string {
  let at = 0
  while (at < expected.length && at < actual.length && isDeepEqual(expected[at], actual[at])) at++
  return `record ${at} should be ${shown(expected, at)}, got ${shown(actual, at)}`
}

function shown(list: readonly unknown[], at: number): string {
  return at < list.length ? valueText(list[at]) : 'none'
}
