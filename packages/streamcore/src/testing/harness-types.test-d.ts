// Type tests of the harnesses: what comes out is known from the function object; nobody writes a type argument or a cast.
import { outputTag } from '../contracts/functions/output-tag.js'
import { type } from '../contracts/schema.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { coKeyedHarness, element, element2, keyedHarness, verifyCoKeyed, verifyKeyed } from './index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only for `true`. */
declare function holds<_Claim extends true>(): void

interface Click {
  readonly user: string
}
const late = outputTag<Click>('late')

// Yielding functions: the union of what the methods yield.
const yielding = keyedHarness(
  {
    uid: 'yields',
    state: { count: valueState<number>('count') },
    *processElement(click, { key, state }) {
      holds<Equal<typeof click, Click>>()
      holds<Equal<typeof key, string>>()
      state.count.update(1)
      yield { key }
    },
    *onTimer(timestampMs) {
      yield timestampMs
    },
  },
  { keyBy: (click: Click) => click.user },
)
const yielded = yielding.element({ user: 'ann' })
holds<Equal<typeof yielded, readonly (number | { key: string })[]>>()
const side = yielding.sideOutput(late)
holds<Equal<typeof side, readonly Click[]>>()
// @ts-expect-error a click has a user
yielding.element({ usr: 'ann' })

// Collecting functions: what `emits` says.
const collecting = keyedHarness(
  {
    uid: 'collects',
    state: {},
    emits: type<number>(),
    processElement: (_, { key }, out) => out.collect(key.length),
  },
  { keyBy: (click: Click) => click.user },
)
const collected = collecting.watermark(1)
holds<Equal<typeof collected, readonly number[]>>()

// Two inputs share the type of their key.
const co = coKeyedHarness(
  {
    uid: 'co',
    state: {},
    *processElement1(click) {
      yield click.user
    },
    *processElement2(value) {
      yield value
    },
  },
  { keyBy1: (click: Click) => click.user, keyBy2: (value: number) => String(value) },
)
const both = co.element2(1)
holds<Equal<typeof both, readonly (string | number)[]>>()

verifyKeyed({
  fn: {
    uid: 'verified',
    state: {},
    *processElement(click) {
      holds<Equal<typeof click, Click>>()
      yield click.user
    },
  },
  keyBy: (click: Click) => click.user,
  input: [element({ user: 'ann' })],
  expect: ['ann'],
})
verifyCoKeyed({
  fn: { uid: 'verified-co', state: {}, processElement1: () => {}, processElement2: () => {} },
  keyBy1: (click: Click) => click.user,
  keyBy2: (value: number) => String(value),
  // @ts-expect-error the second input takes numbers
  input: [element({ user: 'ann' }), element2('one')],
  expect: [],
})
