// Tests of the keyed operator: timers, messages, side outputs, two inputs, refusals. Most behaviour is checked in all modes.
import { describe, expect, it } from 'vitest'
import { outputTag } from '../../contracts/functions/output-tag.js'
import { type } from '../../contracts/schema.js'
import { valueState } from '../../contracts/state/state-descriptors.js'
import { element, element2, endOfInput, processingTime, watermark } from '../../testing/keyed-step.js'
import { keyedHarness } from '../../testing/keyed-harness.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { verifyCoKeyed, verifyKeyed } from '../../testing/verify-keyed.js'
import { PoisonRecords } from '../poison-records.js'
import { keyedOperator } from '../test/keyed-operator.js'
import { RecordingInput } from '../test/recording-input.js'
import { maxPendingMessages } from './message-queue.js'

const timesOfOneKey = {
  uid: 'timers',
  state: {},
  processElement: (value: number, { timers }: { timers: { registerEventTimeTimer(ms: number): void } }) =>
    timers.registerEventTimeTimer(value),
}

describe('event-time timers', () => {
  it('fire in order of their time, once each, before the watermark goes on', () => {
    const { operator, inputs, output } = keyedOperator({
      state: {},
      processElement: (value, ctx) => ctx.timers.registerEventTimeTimer(Number(value)),
      *onTimer(timestampMs) {
        yield timestampMs
      },
    })
    for (const time of [30, 10, 20, 10]) inputs[0]?.processElement(time, 0)
    inputs[0]?.processWatermark(20)
    expect(output.take()).toEqual([10, 20, 'watermark 20'])
    expect(output.timestampsMs).toEqual([10, 20])
    inputs[0]?.processWatermark(40)
    expect(output.take()).toEqual([30, 'watermark 40'])
    expect(operator.isEnded).toBe(false)
  })

  it('fire for a time that the watermark has passed already with the next watermark', () => {
    verifyKeyed({
      fn: {
        ...timesOfOneKey,
        *onTimer(timestampMs, { timers }) {
          yield [timestampMs, timers.currentWatermarkMs()]
        },
      },
      keyBy: () => 'k',
      input: [watermark(50), element(10), element(60), watermark(51), watermark(60)],
      expect: [
        [10, 51],
        [60, 60],
      ],
    })
  })

  it('may register further timers, which fire at once when they are due', () => {
    verifyKeyed({
      fn: {
        ...timesOfOneKey,
        *onTimer(timestampMs, { timers }) {
          yield timestampMs
          if (timestampMs < 40) timers.registerEventTimeTimer(timestampMs + 10)
        },
      },
      keyBy: () => 'k',
      input: [element(10), watermark(30), watermark(40)],
      expect: [10, 20, 30, 40],
    })
  })

  it('can be deleted', () => {
    verifyKeyed({
      fn: {
        uid: 'delete',
        state: {},
        processElement: (value: number, { timers }) => {
          if (value > 0) timers.registerEventTimeTimer(value)
          else timers.deleteEventTimeTimer(-value)
        },
        *onTimer(timestampMs) {
          yield timestampMs
        },
      },
      keyBy: () => 'k',
      input: [element(10), element(20), element(-10), watermark(30)],
      expect: [20],
    })
  })

  it('all fire at the end of input, before the end goes on', () => {
    const { inputs, output } = keyedOperator({
      state: {},
      processElement: (value, ctx) => ctx.timers.registerEventTimeTimer(Number(value)),
      *onTimer(timestampMs) {
        yield timestampMs
      },
    })
    inputs[0]?.processElement(1e15, 0)
    inputs[0]?.processEnd()
    expect(output.events).toEqual([1e15, 'end'])
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuse the time %s', (time) => {
    const harness = keyedHarness({ ...timesOfOneKey, onTimer: () => {} }, { keyBy: () => 'k' })
    expect(() => harness.element(time)).toThrow(/a timer's time to be a finite number/)
  })

  it('are refused where no onTimer would take them', () => {
    const harness = keyedHarness(timesOfOneKey, { keyBy: () => 'k' })
    expect(() => harness.element(1)).toThrow(/'timers' to have `onTimer`/)
  })
})

describe('processing-time timers', () => {
  const reminders = {
    state: {},
    processElement: (value: unknown, ctx: { timers: { registerProcessingTimeTimer(ms: number): void } }) =>
      ctx.timers.registerProcessingTimeTimer(Number(value)),
    *onTimer(timestampMs: number) {
      yield timestampMs
    },
  }

  it('fire in order once their time has come, and say when the next one is due', () => {
    const clock = new ManualClock()
    const { operator, inputs, output } = keyedOperator(reminders, { clock })
    for (const time of [30, 10, 20]) inputs[0]?.processElement(time, 0)
    expect(operator.nextWorkMs()).toBe(10)
    expect(operator.runOwnWork(10)).toBe(0)
    clock.advance(25)
    expect(operator.runOwnWork(1)).toBe(1)
    expect(operator.runOwnWork(10)).toBe(1)
    expect(output.take()).toEqual([10, 20])
    expect(operator.nextWorkMs()).toBe(30)
  })

  it('fire once on the first turn after a long pause', () => {
    verifyKeyed({
      fn: { uid: 'reminders', ...reminders },
      keyBy: () => 'k',
      input: [element(1), element(2), processingTime(3 * 3_600_000)],
      expect: [1, 2],
    })
  })

  it('do not fire once the input has ended', () => {
    verifyKeyed({
      fn: { uid: 'reminders', ...reminders },
      keyBy: () => 'k',
      input: [element(10), endOfInput(), processingTime(20)],
      expect: [],
    })
  })
})

describe('messages', () => {
  const countDown = {
    state: {},
    emits: type<unknown>(),
    processElement: (value: unknown, ctx: { continueLater(message: unknown): void }) =>
      ctx.continueLater(value),
    onMessage: (
      left: unknown,
      ctx: { continueLater(message: unknown): void },
      out: { collect(value: unknown): void },
    ) => {
      out.collect(left)
      if (Number(left) > 1) ctx.continueLater(Number(left) - 1)
    },
  }

  it('arrive in order, in slices, while elements come in between', () => {
    const { operator, inputs, output } = keyedOperator(countDown)
    inputs[0]?.processElement(2, 0)
    inputs[0]?.processElement(20, 0)
    expect(operator.nextWorkMs()).toBe(Number.NEGATIVE_INFINITY)
    expect(operator.runOwnWork(1)).toBe(1)
    inputs[0]?.processElement(200, 0)
    operator.runOwnWork(3)
    expect(output.events).toEqual([2, 20, 1, 200])
  })

  it('are all delivered before the end goes on', () => {
    const { operator, inputs, output } = keyedOperator(countDown)
    inputs[0]?.processElement(3, 0)
    inputs[0]?.processEnd()
    expect([output.take(), operator.isEnded]).toEqual([[], false])
    operator.runOwnWork(2)
    expect([output.take(), operator.isEnded]).toEqual([[3, 2], false])
    operator.runOwnWork(2)
    expect([output.take(), operator.isEnded]).toEqual([[1, 'end'], true])
  })

  it('sent by a timer of the end of input are delivered before the end goes on', () => {
    verifyKeyed({
      fn: {
        ...timesOfOneKey,
        messages: type<string>(),
        *onTimer(timestampMs, ctx) {
          yield timestampMs
          ctx.continueLater(`after ${timestampMs}`)
        },
        *onMessage(text, ctx) {
          yield text
          if (!text.endsWith('!')) ctx.continueLater(`${text}!`)
        },
      },
      keyBy: () => 'k',
      input: [element(5), endOfInput()],
      expect: [5, 'after 5', 'after 5!'],
    })
  })

  it('hold back new elements above the bound, though a call under way may exceed it', () => {
    const { operator, inputs } = keyedOperator({
      ...countDown,
      processElement: (value, ctx) => {
        for (let index = 0; index < Number(value); index++) ctx.continueLater(0)
      },
    })
    inputs[0]?.processElement(maxPendingMessages - 1, 0)
    expect(operator.isOverloaded).toBe(false)
    inputs[0]?.processElement(100, 0)
    expect(operator.isOverloaded).toBe(true)
    operator.runOwnWork(100)
    expect(operator.isOverloaded).toBe(false)
  })

  it('reach another key of the operator only when the function declares it', () => {
    const fn = {
      uid: 'forward',
      state: { got: valueState<number>('got') },
      messages: type<number>(),
      processElement: (value: number, ctx: { sendToKey(key: number, message: number): void }) =>
        ctx.sendToKey(value, 1),
      *onMessage(
        message: number,
        {
          key,
          state,
        }: { key: number; state: { got: { value(): number | undefined; update(value: number): void } } },
      ) {
        state.got.update((state.got.value() ?? 0) + message)
        yield [key, state.got.value()]
      },
    }
    expect(() => keyedHarness(fn, { keyBy: (value: number) => value % 2 }).element(7)).toThrow(
      /'forward' to declare `sendsToKeys: true`/,
    )
    verifyKeyed({
      fn: { ...fn, sendsToKeys: true },
      keyBy: (value: number) => value % 2,
      input: [element(7), element(8), element(7)],
      expect: [
        [7, 1],
        [8, 1],
        [7, 2],
      ],
    })
  })

  it('are refused where no onMessage would take them', () => {
    const { inputs } = keyedOperator({ state: {}, processElement: (_, ctx) => ctx.continueLater(1) })
    expect(() => inputs[0]?.processElement(1, 0)).toThrow(/to have `onMessage`/)
  })
})

describe('side outputs', () => {
  it('get what is sent to their tag, and every watermark, idleness and the end', () => {
    const odd = outputTag<unknown>('odd')
    const side = new RecordingInput()
    const { inputs, output } = keyedOperator(
      {
        state: {},
        *processElement(value, ctx) {
          if (Number(value) % 2 === 1) ctx.output(odd, value)
          else yield value
        },
      },
      { sideOutputs: new Map([['odd', side]]) },
    )
    for (const value of [1, 2, 3]) inputs[0]?.processElement(value, value)
    inputs[0]?.processWatermark(3)
    inputs[0]?.processIdleness(true)
    inputs[0]?.processEnd()
    expect(output.events).toEqual([2, 'watermark 3', 'idle', 'end'])
    expect(side.events).toEqual([1, 3, 'watermark 3', 'idle', 'end'])
    expect(side.timestampsMs).toEqual([1, 3])
  })

  it('nobody listens to are dropped', () => {
    const { inputs, output } = keyedOperator({
      state: {},
      processElement: (value, ctx) => ctx.output(outputTag<unknown>('nobody'), value),
    })
    inputs[0]?.processElement(1, 0)
    expect(output.events).toEqual([])
  })
})

describe('two inputs', () => {
  it('share state and timers per key, and advance by the smaller watermark', () => {
    verifyCoKeyed({
      fn: {
        uid: 'both',
        state: { sum: valueState<number>('sum') },
        *processElement1(value, { state, timers }) {
          state.sum.update((state.sum.value() ?? 0) + value)
          timers.registerEventTimeTimer(10)
          yield `first ${value}`
        },
        *processElement2(value, { state }) {
          state.sum.update((state.sum.value() ?? 0) - value)
          yield `second ${value}`
        },
        *onTimer(_, { key, state }) {
          yield `${key} has ${state.sum.value()}`
        },
      },
      keyBy1: (value: number) => `k${value % 2}`,
      keyBy2: (value: number) => `k${value % 2}`,
      input: [element(1), element(3), element2(2), element2(5), watermark(10), endOfInput()],
      expect: ['first 1', 'first 3', 'second 2', 'second 5', 'k1 has -1'],
    })
  })
})

describe('a function that throws', () => {
  it('fails with operator, key and the place of its record', () => {
    const { inputs } = keyedOperator(
      {
        state: {},
        processElement: () => {
          throw new Error('no')
        },
      },
      { place: () => 'orders.csv:12' },
    )
    expect(() => inputs[0]?.processElement({ id: 1 }, 0)).toThrow(
      /no \(in processElement of operator 'under-test'.*on orders\.csv:12, for key "k"\)/,
    )
  })

  it('diverts a record that was recognised as poison before it touches state', () => {
    const poison = new PoisonRecords()
    const deadLetters = new RecordingInput()
    const { inputs, output } = keyedOperator(
      {
        state: {},
        *processElement(value) {
          if (value === 3) throw new Error('no threes')
          yield value
        },
      },
      { poison, deadLetters },
    )
    let id: unknown
    try {
      inputs[0]?.processElement(3, 0)
    } catch (error) {
      id = Object(error).poisonId
    }
    poison.note(String(id), 'no threes', 1)
    for (const value of [2, 3, 4]) inputs[0]?.processElement(value, 0)
    expect(output.events).toEqual([2, 4])
    expect(deadLetters.events).toEqual([{ uid: 'under-test', reason: 'no threes', key: '"k"', value: '3' }])
  })
})

describe('a record without a key', () => {
  const selectors = [{ select: () => Object(undefined).missing, text: '(order) => order.usr' }]

  it('fails with advice on which field was meant', () => {
    const { inputs } = keyedOperator({ state: {} }, { keySelectors: selectors })
    expect(() => inputs[0]?.processElement({ user: 1, amount: 2 }, 0)).toThrow(
      /got undefined from 'usr'; the record has 'user', 'amount'; did you mean 'user'\? \(in key selector of operator 'under-test'/,
    )
  })

  it('goes to the dead letters where there are some', () => {
    const deadLetters = new RecordingInput()
    const { inputs } = keyedOperator({ state: {} }, { keySelectors: selectors, deadLetters })
    inputs[0]?.processElement({ user: 1 }, 0)
    expect(deadLetters.events).toMatchObject([{ uid: 'under-test', value: '{"user":1}' }])
  })
})
