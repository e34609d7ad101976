// Tests that verification passes what behaves and finds what does not.
import { describe, expect, it } from 'vitest'
import type { KeyedContext } from '../contracts/functions/process-context.js'
import { outputTag } from '../contracts/functions/output-tag.js'
import { type } from '../contracts/schema.js'
import { listState, mapState, valueState } from '../contracts/state/state-descriptors.js'
import { element, element2, endOfInput, processingTime, watermark } from './keyed-step.js'
import { sideOutputOf, verifyCoKeyed, verifyKeyed } from './verify-keyed.js'

/** The error that verifying throws. */
function failureOf(verify: () => void): unknown {
  try {
    verify()
  } catch (error) {
    return error
  }
  throw new Error('expected the verification to fail')
}

const keyBy = (value: { readonly key: string }) => value.key
const three = ['a', 'b', 'a', 'c', 'a'].map((key) => element({ key }))

describe('verifyKeyed', () => {
  it('passes a function that behaves the same in all modes', () => {
    const late = outputTag<string>('late')
    verifyKeyed({
      fn: {
        uid: 'sums',
        state: { sum: valueState<number>('sum') },
        messages: type<string>(),
        *processElement(value, ctx) {
          if (ctx.timestampMs <= ctx.timers.currentWatermarkMs()) return ctx.output(late, value.key)
          const sum = (ctx.state.sum.value() ?? 0) + value.amount
          ctx.state.sum.update(sum)
          ctx.timers.registerEventTimeTimer(10)
          ctx.timers.registerProcessingTimeTimer(7)
          yield `${ctx.key} ${sum}`
        },
        *onTimer(timestampMs, ctx) {
          yield `${ctx.key} at ${timestampMs}`
          if (timestampMs === 10) ctx.continueLater('over')
        },
        *onMessage(message, { key }) {
          yield `${key} ${message}`
        },
      },
      keyBy: (value: { key: string; amount: number }) => value.key,
      input: [
        element({ key: 'a', amount: 1 }, 1),
        element({ key: 'b', amount: 2 }, 2),
        watermark(2),
        element({ key: 'a', amount: 4 }, 1),
        element({ key: 'a', amount: 5 }, 9),
        processingTime(8),
        watermark(10),
        endOfInput(),
      ],
      expect: ['a 1', 'b 2', 'a 6', 'a at 7', 'b at 7', 'a at 10', 'b at 10', 'a over', 'b over'],
      expectSide: [sideOutputOf(late, ['a'])],
    })
  })

  it('shows what came when the function does not do what is expected', () => {
    const error = failureOf(() =>
      verifyKeyed({
        fn: {
          uid: 'echo',
          state: {},
          *processElement(value) {
            yield value.key
          },
        },
        keyBy,
        input: three,
        expect: ['a', 'b', 'b', 'c', 'a'],
      }),
    )
    expect(error).toMatchObject({
      name: 'KeyedVerificationError',
      mode: 'element by element',
      message: expect.stringContaining('record 2 should be b, got a'),
      actual: ['a', 'b', 'a', 'c', 'a'],
    })
  })

  it('finds state outside of the declared states', () => {
    const counts = new Map<string, number>()
    const error = failureOf(() =>
      verifyKeyed({
        fn: {
          uid: 'hidden',
          state: {},
          *processElement(_, { key }) {
            counts.set(key, (counts.get(key) ?? 0) + 1)
            yield counts.get(key)
          },
        },
        keyBy,
        input: three,
        expect: [1, 1, 2, 1, 3],
      }),
    )
    expect(error).toMatchObject({ mode: expect.stringContaining('all at once') })
  })

  it('finds state of one key that is kept where another key sees it', () => {
    let last: object | undefined
    const error = failureOf(() =>
      verifyKeyed({
        fn: {
          uid: 'shared',
          state: { box: valueState<{ readonly owner: string }>('box') },
          *processElement(_, { key, state }) {
            const box = state.box.value() ?? { owner: key }
            // Identity survives as long as nothing is restored.
            yield box === last
            last = box
            state.box.update(box)
          },
        },
        keyBy,
        input: [element({ key: 'a' }), element({ key: 'a' })],
        expect: [false, true],
      }),
    )
    expect(error).toMatchObject({ mode: expect.stringContaining('snapshot and restore') })
  })

  it('finds elements that overtake the messages of their key', () => {
    const options = {
      fn: {
        uid: 'later',
        state: {},
        emits: type<string>(),
        messages: type<string>(),
        processElement: (
          value: { key: string; text: string },
          ctx: KeyedContext<string, Record<never, never>, string>,
        ) => ctx.continueLater(value.text),
        onMessage: (text: string, _: unknown, out: { collect(value: string): void }) => out.collect(text),
      },
      keyBy,
      input: [element({ key: 'a', text: '1' }), element({ key: 'a', text: '2' })],
      expect: ['1', '2'],
    }
    verifyKeyed(options)
    const overtaken = {
      ...options,
      fn: {
        ...options.fn,
        processElement: (
          value: { key: string; text: string },
          ctx: KeyedContext<string, Record<never, never>, string>,
          out: { collect(value: string): void },
        ) => (value.text === '1' ? ctx.continueLater(value.text) : out.collect(value.text)),
      },
    }
    expect(failureOf(() => verifyKeyed(overtaken))).toMatchObject({
      mode: expect.stringContaining('all at once'),
    })
    verifyKeyed({ ...overtaken, order: 'any' })
  })

  it.each([
    ['a record', (value: { list: number[] }) => value.list.push(1)],
    ['a map in a record', (value: { map: Map<string, number> }) => value.map.set('x', 1)],
    ['a set in a record', (value: { set: Set<number> }) => value.set.add(1)],
    ['a date in a record', (value: { date: Date }) => value.date.setFullYear(1999)],
    ['a typed array in a record', (value: { bytes: Uint8Array }) => value.bytes.fill(1)],
  ])('finds a change of %s', (_, change) => {
    const record = {
      key: 'a',
      list: [0],
      map: new Map<string, number>(),
      set: new Set<number>(),
      date: new Date(0),
      bytes: new Uint8Array(2),
    }
    const error = failureOf(() =>
      verifyKeyed({
        fn: {
          uid: 'changes',
          state: {},
          processElement: (value) => void change(value),
        },
        keyBy: (value: typeof record) => value.key,
        input: [element(record)],
        expect: [],
      }),
    )
    expect(error).toMatchObject({
      message: expect.stringMatching(/read only property|not extensible|never to change/),
    })
  })

  it('finds a change of a value that is in state already', () => {
    const error = failureOf(() =>
      verifyKeyed({
        fn: {
          uid: 'changes-state',
          state: {
            totals: valueState<{ sum: number }>('totals'),
            lists: listState<{ sum: number }>('lists'),
            maps: mapState<string, { sum: number }>('maps'),
          },
          processElement: (_, { state }) => {
            const kept = { sum: 0 }
            state.lists.add(kept)
            state.maps.put('x', kept)
            state.totals.update({ sum: 1 })
            kept.sum++
          },
        },
        keyBy,
        input: [element({ key: 'a' })],
        expect: [],
      }),
    )
    expect(error).toMatchObject({
      message: expect.stringMatching(/mode 'emitted records and state values frozen'.*read only property/),
    })
  })
})

describe('verifyCoKeyed', () => {
  it('checks a function of two inputs in all modes', () => {
    verifyCoKeyed({
      fn: {
        uid: 'await-parent',
        state: { seen: valueState<boolean>('seen'), waiting: listState<string>('waiting') },
        *processElement1(parent, { state }) {
          yield `p${parent}`
          state.seen.update(true)
          yield* state.waiting.get()
          state.waiting.clear()
        },
        *processElement2(child, { state }) {
          if (state.seen.value()) yield child.name
          else state.waiting.add(child.name)
        },
      },
      keyBy1: (parent: number) => parent,
      keyBy2: (child: { parent: number; name: string }) => child.parent,
      input: [
        element2({ parent: 1, name: 'a' }),
        element2({ parent: 2, name: 'b' }),
        element(1),
        element2({ parent: 1, name: 'c' }),
        element(2),
        endOfInput(),
      ],
      expect: ['p1', 'a', 'c', 'p2', 'b'],
    })
  })
})
