// Tests of the harnesses for functions without a key and beside a broadcast stream, and of what they find.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
  BroadcastProcessFunction,
  KeyedBroadcastProcessFunction,
  ProcessFunction,
} from '../contracts/functions/unkeyed-function.js'
import { outputTag } from '../contracts/functions/output-tag.js'
import { type } from '../contracts/schema.js'
import {
  type BroadcastStateDescriptor,
  broadcastState,
  operatorListState,
  unionListState,
} from '../contracts/state/operator-state.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import {
  broadcastHarness,
  element,
  element2,
  endOfInput,
  keyedBroadcastHarness,
  processHarness,
  verifyBroadcast,
  verifyKeyedBroadcast,
  verifyProcess,
  watermark,
} from './index.js'

interface Payment {
  readonly account: string
  readonly amount: number
}
interface Change {
  readonly currency: string
  readonly rate: number
}
const rates = broadcastState<string, number>('rates')
const changed = outputTag<string>('changed')
const payment = (account: string, amount: number): Payment => ({ account, amount })
const usd = (rate: number): Change => ({ currency: 'USD', rate })

/** Emits pairs of records, and a single one at the end. */
const pairs: ProcessFunction<number, { pair: ReturnType<typeof operatorListState<number>> }, string, string> =
  {
    uid: 'pairs',
    state: { pair: operatorListState<number>('pair') },
    *processElement(value, { state }) {
      // After a restore at a smaller parallelism there may be more than one.
      const [first, ...rest] = state.pair.get()
      if (first === undefined) return state.pair.add(value)
      state.pair.update(rest)
      yield `${first}+${value}`
    },
    *endInput({ state }) {
      for (const value of state.pair.get()) yield `${value} alone`
      state.pair.clear()
    },
  }

describe('processHarness', () => {
  it('feeds records and the end of input', () => {
    const harness = processHarness(pairs)
    expect(harness.element(1)).toEqual([])
    harness.restart()
    expect(harness.element(2)).toEqual(['1+2'])
    harness.element(3)
    expect(harness.end()).toEqual(['3 alone'])
    expect(harness.watermarksMs).toEqual([])
  })

  it('deals lists out when it is restarted at another parallelism', () => {
    const harness = processHarness(
      {
        uid: 'lists',
        state: { own: operatorListState<number>('own'), union: unionListState<number>('union') },
        *processElement(value, { state }) {
          yield [[...state.own.get()], [...state.union.get()]]
          state.own.add(value)
          state.union.add(value)
        },
      },
      { input: type<number>() },
    )
    for (const value of [1, 2, 3]) harness.element(value)
    harness.restart({ parallelism: 2 })
    expect([harness.element(4), harness.element(5)]).toEqual([
      [
        [
          [1, 3],
          [1, 2, 3],
        ],
      ],
      [[[2], [1, 2, 3]]],
    ])
    harness.restart()
    expect(harness.element(6)).toEqual([
      [
        [1, 3, 4, 2, 5],
        [1, 2, 3, 4, 1, 2, 3, 5],
      ],
    ])
  })

  it('knows time, but no timers', () => {
    const harness = processHarness(
      {
        uid: 'time',
        state: {},
        *processElement(_, { timestampMs, timers }) {
          yield [timestampMs, timers.currentWatermarkMs(), timers.currentProcessingTimeMs()]
        },
      },
      { input: type<number>(), startMs: 7 },
    )
    harness.watermark(5)
    expect(harness.element(1, 6)).toEqual([[6, 5, 7]])
    harness.restart()
    expect(harness.element(1, 6)).toEqual([[6, 5, 7]])
    harness.end()
    expect(harness.watermarksMs).toEqual([5])
  })
})

type Rates = BroadcastStateDescriptor<string, number>

/** Converts payments; a payment without a rate waits for a timer at 100. */
const convert: KeyedBroadcastProcessFunction<
  string,
  Payment,
  Change,
  { count: ReturnType<typeof valueState<number>> },
  Rates,
  string,
  string,
  string
> = {
  uid: 'convert',
  state: { count: valueState<number>('count') },
  *processElement({ amount }, ctx) {
    const rate = ctx.broadcastState(rates).get('USD')
    ctx.state.count.update((ctx.state.count.value() ?? 0) + 1)
    if (rate === undefined) ctx.timers.registerEventTimeTimer(100)
    else yield `${ctx.key} ${ctx.state.count.value()}: ${amount * rate}`
  },
  *processBroadcastElement({ currency, rate }, ctx) {
    ctx.broadcastState(rates).put(currency, rate)
    ctx.output(changed, `${currency} since ${ctx.timestampMs}`)
    yield `${currency} is ${rate}`
  },
  *onTimer(timestampMs, ctx) {
    yield `${ctx.key} at ${timestampMs}: ${ctx.broadcastState(rates).get('USD') ?? 'no rate'}`
  },
}

describe('keyedBroadcastHarness', () => {
  it('feeds both streams; every subtask holds a copy, also after a restart at another parallelism', () => {
    const harness = keyedBroadcastHarness(convert, { keyBy: ({ account }) => account, broadcast: [rates] })
    harness.element(payment('a', 1))
    expect(harness.broadcastElement(usd(2), 7)).toEqual(['USD is 2'])
    expect(harness.sideOutput(changed)).toEqual(['USD since 7'])
    for (const parallelism of [3, 2, 1]) {
      harness.restart({ parallelism })
      for (const account of ['a', 'b', 'c']) expect(harness.element(payment(account, 3))).toHaveLength(1)
      expect(harness.broadcastElement(usd(2))).toEqual(['USD is 2'])
    }
    expect(harness.watermark(100)).toEqual(['a at 100: 2'])
    expect(harness.output.filter((text) => text.startsWith('a'))).toEqual([
      'a 2: 6',
      'a 3: 6',
      'a 4: 6',
      'a at 100: 2',
    ])
  })
})

describe('verifyKeyedBroadcast', () => {
  const input = [
    element(payment('a', 1)),
    element2(usd(2), 7),
    element(payment('a', 2)),
    element(payment('b', 3)),
    watermark(100),
    element2(usd(4)),
    element(payment('a', 4)),
    endOfInput(),
  ]

  it('accepts a function that keeps its state where it belongs', () => {
    verifyKeyedBroadcast({
      fn: convert,
      keyBy: ({ account }: Payment) => account,
      broadcast: [rates],
      input,
      expect: ['USD is 2', 'a 2: 4', 'b 1: 6', 'a at 100: 2', 'USD is 4', 'a 3: 16'],
      expectSide: [{ tag: 'changed', values: ['USD since 7', 'USD since -Infinity'] }],
    })
  })

  it('finds what is hidden in the function object instead of the broadcast state', () => {
    let rate = 1
    const verify = () =>
      verifyKeyedBroadcast({
        fn: {
          uid: 'hidden',
          state: {},
          *processElement({ amount }) {
            yield amount * rate
          },
          processBroadcastElement(change) {
            rate = change.rate
          },
        },
        keyBy: ({ account }: Payment) => account,
        broadcast: [rates],
        input: [element(payment('a', 1)), element2(usd(2)), element(payment('a', 1))],
        expect: [1, 2],
      })
    expect(verify).toThrow(/Expected the same records for key "a" in the mode 'all at once/)
  })

  it('finds values that are changed in place', () => {
    const limits = broadcastState<string, { max: number }>('limits')
    expect(() =>
      verifyKeyedBroadcast({
        fn: {
          uid: 'in-place',
          state: {},
          processElement() {},
          processBroadcastElement(max, ctx) {
            const limit = ctx.broadcastState(limits).get('all')
            if (limit === undefined) ctx.broadcastState(limits).put('all', { max })
            else limit.max = max
          },
        },
        keyBy: (value: string) => value,
        broadcast: [limits],
        input: [element2(1), element2(2)],
        expect: [],
      }),
    ).toThrow(
      /'emitted records and state values frozen', got: TypeError: Cannot assign to read only property 'max'/,
    )
  })
})

describe('at any parallelism, restarted at any moment', () => {
  const parallelism = fc.integer({ min: 1, max: 4 })
  const restart = fc.record({ parallelism })

  it('a list loses and doubles nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(), restart), { maxLength: 40 }), (steps) => {
        const harness = processHarness(pairs)
        const fed = steps.filter((step) => typeof step === 'number')
        for (const step of steps) {
          if (typeof step === 'number') harness.element(step)
          else harness.restart(step)
        }
        harness.end()
        const numbers = harness.output.flatMap((text) => text.replace(' alone', '').split('+').map(Number))
        expect(numbers.toSorted((a, b) => a - b)).toEqual(fed.toSorted((a, b) => a - b))
      }),
    )
  })

  it('every copy of a broadcast state is what the broadcast elements made of it', () => {
    const change = fc.record({ currency: fc.constantFrom('USD', 'EUR', 'GBP'), rate: fc.integer({ max: 3 }) })
    fc.assert(
      fc.property(fc.array(fc.oneof(change, restart), { maxLength: 30 }), (steps) => {
        const model = new Map<string, number>()
        const harness = keyedBroadcastHarness(showRates, { keyBy: (n) => n, broadcast: [rates] })
        for (const step of steps) {
          if ('parallelism' in step) {
            harness.restart(step)
            continue
          }
          harness.broadcastElement(step)
          if (step.rate < 0) model.delete(step.currency)
          else model.set(step.currency, step.rate)
          // Enough keys for every subtask.
          const shown = sortedRates(model)
          for (let key = 0; key < 16; key++) expect(harness.element(key)).toEqual([shown])
        }
      }),
      { numRuns: 50 },
    )
  })
})

function sortedRates(entries: Iterable<readonly [string, number]>) {
  return [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Shows all rates for each number; a negative rate ends one. */
const showRates: KeyedBroadcastProcessFunction<
  number,
  number,
  Change,
  Readonly<Record<never, never>>,
  Rates,
  (readonly [string, number])[]
> = {
  uid: 'show',
  state: {},
  *processElement(_, ctx) {
    yield sortedRates(ctx.broadcastState(rates).entries())
  },
  processBroadcastElement({ currency, rate }, ctx) {
    if (rate < 0) ctx.broadcastState(rates).remove(currency)
    else ctx.broadcastState(rates).put(currency, rate)
  },
}

/** Passes on what is allowed; counts what is not. */
const allow: BroadcastProcessFunction<
  string,
  string,
  { refused: ReturnType<typeof operatorListState<string>> },
  BroadcastStateDescriptor<string, true>,
  string,
  never,
  number
> = {
  uid: 'allow',
  state: { refused: operatorListState<string>('refused') },
  *processElement(word, ctx) {
    if (ctx.broadcastState(allowed).has(word)) yield word
    else ctx.state.refused.add(word)
  },
  processBroadcastElement: (word, ctx) => ctx.broadcastState(allowed).put(word, true),
  *endInput({ state }) {
    const refused = [...state.refused.get()]
    if (refused.length > 0) yield refused.length
    state.refused.clear()
  },
}
const allowed = broadcastState<string, true>('allowed')

describe('functions without a key', () => {
  it('are verified in all ways', () => {
    verifyProcess({
      fn: pairs,
      input: [element(1), element(2), element(3), endOfInput()],
      expect: ['1+2', '3 alone'],
    })
    verifyBroadcast({
      fn: allow,
      broadcast: [allowed],
      input: [element('a'), element2('a'), element('a'), element('b'), watermark(1), endOfInput()],
      expect: ['a', 2],
    })
    const harness = broadcastHarness(allow, { broadcast: [allowed] })
    harness.broadcastElement('a')
    expect([harness.element('a'), harness.element('b'), harness.end()]).toEqual([['a'], [], [1]])
  })

  it('are refused when they change list values in place', () => {
    expect(() =>
      verifyProcess({
        fn: {
          uid: 'in-place',
          state: { counts: operatorListState<{ n: number }>('counts') },
          processElement(value: number, { state }) {
            for (const count of state.counts.get()) count.n += value
            state.counts.add({ n: value })
          },
        },
        input: [element(1), element(2)],
        expect: [],
      }),
    ).toThrow(/Cannot assign to read only property 'n'/)
  })
})
