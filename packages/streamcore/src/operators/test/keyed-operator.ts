/** A keyed operator over the heap backend, as tests of its inputs, outputs and snapshots need it. */
import type { AnyKeyedFunction, KeySelector } from '../../contracts/functions/any-keyed-function.js'
import { keyGroupRange } from '../../contracts/key-groups.js'
import { HeapKeyedStateBackend } from '../../state/heap-keyed-state-backend.js'
import type { Input } from '../input.js'
import { KeyedProcessOperator } from '../keyed/keyed-process-operator.js'
import { operatorContext, RecordingInput, type TestContextOptions } from './recording-input.js'

/** Options of {@link keyedOperator}. */
export interface KeyedOperatorOptions extends TestContextOptions {
  readonly keySelectors?: readonly KeySelector[]
  readonly sideOutputs?: ReadonlyMap<string, Input>
  readonly output?: Input
  readonly restoredWatermarkMs?: number
}

/** The operator and what it emits. */
export interface KeyedOperatorUnderTest {
  readonly operator: KeyedProcessOperator
  readonly inputs: readonly Input[]
  /** Only where no other output was given. */
  readonly output: RecordingInput
}

/** An operator of one input, unless key selectors say otherwise; the key is `'k'`. */
export function keyedOperator(
  fn: Omit<AnyKeyedFunction, 'uid'>,
  options: KeyedOperatorOptions = {},
): KeyedOperatorUnderTest {
  const output = new RecordingInput()
  const operator = new KeyedProcessOperator({
    context: operatorContext(options),
    fn: { uid: 'under-test', ...fn },
    keySelectors: options.keySelectors ?? [{ select: () => 'k' }],
    backend: new HeapKeyedStateBackend({ uid: 'under-test', keyGroups: keyGroupRange(0, 1) }),
    output: options.output ?? output,
    sideOutputs: options.sideOutputs ?? new Map(),
    restoredWatermarkMs: options.restoredWatermarkMs ?? Number.NEGATIVE_INFINITY,
  })
  return { operator, inputs: operator.inputs, output }
}

/** Two inputs; a number registers an event-time timer, and timers say when they were set for. */
export function keyedOperatorOfTwo(): KeyedOperatorUnderTest {
  return keyedOperator(
    {
      state: {},
      processElement1: (value, ctx) => ctx.timers.registerEventTimeTimer(Number(value)),
      processElement2: (value, ctx) => ctx.timers.registerEventTimeTimer(Number(value)),
      *onTimer(timestampMs) {
        yield `timer ${timestampMs}`
      },
    },
    { keySelectors: [{ select: () => 'k' }, { select: () => 'k' }] },
  )
}
