// State with a time to live in its operator: the clock, watermarks, restarts, and what users must not notice.
import { describe, expect, it } from 'vitest'
import type { KeyedContext } from '../../contracts/functions/process-context.js'
import { listState, mapState, valueState } from '../../contracts/state/state-descriptors.js'
import { keyedHarness } from '../../testing/keyed-harness.js'
import { element, endOfInput, processingTime, watermark } from '../../testing/keyed-step.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { verifyKeyed } from '../../testing/verify-keyed.js'
import { keyedOperator } from '../test/keyed-operator.js'

const state = {
  seen: valueState<number>('seen', { ttl: { time: 100 } }),
  recent: listState<number>('recent', { ttl: { time: 100 } }),
}

/** Tells what it remembers of a key. */
const remembering = {
  uid: 'remembering',
  state,
  *processElement(value: string, ctx: KeyedContext<string, typeof state>) {
    const count = (ctx.state.seen.value() ?? 0) + 1
    ctx.state.seen.update(count)
    ctx.state.recent.add(ctx.timers.currentProcessingTimeMs())
    yield `${value}${count} ${[...ctx.state.recent.get()].join()}`
  },
}

const eventState = {
  last: valueState<string>('last', { ttl: { time: 100, timeDomain: 'event' } }),
  all: mapState<string, number>('all', { ttl: { time: 100, timeDomain: 'event' } }),
}

/** Tells in event time what it remembers, also when a timer fires. */
const inEventTime = {
  uid: 'in-event-time',
  state: eventState,
  *processElement(value: string, ctx: KeyedContext<string, typeof eventState>) {
    yield `${value} after ${ctx.state.last.value()} of ${[...ctx.state.all.keys()].join()}`
    ctx.state.last.update(value)
    ctx.state.all.put(value, 1)
    ctx.timers.registerEventTimeTimer(ctx.timestampMs + 90)
    ctx.timers.registerEventTimeTimer(ctx.timestampMs + 110)
  },
  *onTimer(timestampMs: number, ctx: KeyedContext<string, typeof eventState>) {
    yield `${timestampMs}: ${ctx.state.last.value()} of ${[...ctx.state.all.keys()].join()}`
  },
}

const byText = { keyBy: (value: string) => value.slice(0, 1) }

describe('state with a time to live', () => {
  it('is gone when its time has passed, whatever restarts come in between', () => {
    const harness = keyedHarness(remembering, { ...byText, startMs: 1_000 })
    harness.element('a')
    harness.processingTime(1_060)
    expect(harness.element('a')).toEqual(['a2 1000,1060'])
    harness.restart({ parallelism: 3 })
    harness.processingTime(1_120)
    expect(harness.element('a')).toEqual(['a3 1060,1120'])
    harness.processingTime(1_219)
    harness.restart()
    expect(harness.element('a')).toEqual(['a4 1120,1219'])
    harness.processingTime(1_319)
    expect(harness.element('a')).toEqual(['a1 1319'])
  })

  it('gives the same in every way of running it', () => {
    verifyKeyed({
      fn: remembering,
      keyBy: byText.keyBy,
      input: [
        element('a'),
        element('b'),
        processingTime(50),
        element('a'),
        processingTime(120),
        element('a'),
        element('b'),
        processingTime(500),
        element('a'),
        endOfInput(),
      ],
      expect: ['a1 0', 'b1 0', 'a2 0,50', 'a3 50,120', 'b1 120', 'a1 500'],
    })
  })

  it('counts in event time by records and timers, not by how far the watermark jumps', () => {
    verifyKeyed({
      fn: inEventTime,
      keyBy: byText.keyBy,
      input: [
        element('a1', 0),
        element('a2', 60),
        // Later than the life of a1, but not of a2.
        element('a3', 120),
        watermark(150),
        element('a4', 300),
        endOfInput(),
      ],
      expect: [
        'a1 after undefined of ',
        'a2 after a1 of a1',
        'a3 after a2 of a2',
        '90: a3 of a2,a3',
        '110: a3 of a2,a3',
        '150: a3 of a2,a3',
        'a4 after undefined of ',
        '170: a4 of a4',
        '210: a4 of a4',
        '230: a4 of a4',
        '390: a4 of a4',
        '410: undefined of ',
      ],
    })
  })

  it('is removed without the user noticing, also where there are timers', () => {
    const harness = keyedHarness(
      {
        uid: 'with-timers',
        state,
        processElement: (_, ctx) => {
          ctx.state.seen.update(1)
          ctx.timers.registerProcessingTimeTimer(30)
        },
        *onTimer(timestampMs, ctx) {
          yield `timer ${timestampMs}: ${ctx.state.seen.value()}`
        },
      },
      byText,
    )
    harness.element('x')
    expect(harness.processingTime(1_000)).toEqual(['timer 30: undefined'])
    expect(harness.processingTime(2_000)).toEqual([])
  })

  it('is work for the task when it has expired, until the input ends', () => {
    const clock = new ManualClock(0)
    const { operator, inputs } = keyedOperator(remembering, { clock })
    inputs[0]?.processElement('x', 0)
    const dueMs = operator.nextWorkMs()
    expect([dueMs >= 100, dueMs <= 107]).toEqual([true, true])
    clock.advance(dueMs)
    expect([operator.runOwnWork(10), operator.nextWorkMs()]).toEqual([1, Number.POSITIVE_INFINITY])
    inputs[0]?.processElement('x', 0)
    inputs[0]?.processEnd()
    clock.advance(1_000)
    expect([operator.nextWorkMs(), operator.runOwnWork(10)]).toEqual([Number.POSITIVE_INFINITY, 0])
  })

  it('is shown to others as its values, without what has expired', () => {
    const clock = new ManualClock(0)
    const { operator, inputs } = keyedOperator(remembering, { clock })
    inputs[0]?.processElement('x', 0)
    clock.advance(50)
    inputs[0]?.processElement('x', 0)
    expect([operator.queryState('seen', 'k'), operator.queryState('recent', 'k')]).toEqual([2, [0, 50]])
    clock.advance(50)
    expect([operator.queryState('seen', 'k'), operator.queryState('recent', 'k')]).toEqual([2, [50]])
    clock.advance(50)
    expect([operator.queryState('seen', 'k'), operator.queryState('recent', 'k')]).toEqual([
      undefined,
      undefined,
    ])
  })
})
