// Tests of the harnesses: what goes in, what comes out, what survives a restart.
import { describe, expect, it } from 'vitest'
import type { KeyedContext } from '../contracts/functions/process-context.js'
import { outputTag } from '../contracts/functions/output-tag.js'
import { minutes, seconds } from '../contracts/duration.js'
import { type } from '../contracts/schema.js'
import { listState, valueState } from '../contracts/state/state-descriptors.js'
import { coKeyedHarness, keyedHarness } from './keyed-harness.js'

interface Click {
  readonly user: string
}

const countState = { count: valueState<number>('count') }

/** Counts the clicks of a user until a minute after the first one. */
const clicksPerMinute = {
  uid: 'clicks-per-minute',
  state: countState,
  processElement(_: Click, { state, timers, timestampMs }: KeyedContext<string, typeof countState>) {
    if (state.count.value() === undefined) timers.registerEventTimeTimer(timestampMs + minutes(1))
    state.count.update((state.count.value() ?? 0) + 1)
  },
  *onTimer(_: number, { key, state }: KeyedContext<string, typeof countState>) {
    yield { user: key, count: state.count.value() ?? 0 }
    state.count.clear()
  },
}

const byUser = { keyBy: (click: Click) => click.user }

describe('keyedHarness', () => {
  it('tests a keyed function with time in a few lines', () => {
    const harness = keyedHarness(clicksPerMinute, byUser)
    harness.element({ user: 'ann' }, seconds(10))
    harness.element({ user: 'ann' }, seconds(20))
    expect(harness.watermark(seconds(69))).toEqual([])
    expect(harness.watermark(seconds(70))).toEqual([{ user: 'ann', count: 2 }])
  })

  it('fires processing-time timers when time is set', () => {
    const harness = keyedHarness(
      {
        uid: 'reminders',
        state: {},
        processElement: (_, { timers }) =>
          timers.registerProcessingTimeTimer(timers.currentProcessingTimeMs() + 5),
        *onTimer(timestampMs, { key }) {
          yield `${key}@${timestampMs}`
        },
      },
      { keyBy: (user: string) => user, startMs: 1_000 },
    )
    harness.element('ann')
    expect(harness.processingTime(1_004)).toEqual([])
    expect(harness.processingTime(1_010)).toEqual(['ann@1005'])
  })

  it('delivers messages before a call returns, and keeps main and side outputs in one order', () => {
    const odd = outputTag<number>('odd')
    const harness = keyedHarness(
      {
        uid: 'count-down',
        state: {},
        emits: type<string>(),
        messages: type<number>(),
        processElement: (from, ctx) => ctx.continueLater(from),
        onMessage: (left, ctx, out) => {
          if (left % 2 === 1) ctx.output(odd, left)
          else out.collect(`even ${left}`)
          if (left > 1) ctx.continueLater(left - 1)
        },
      },
      { keyBy: (from: number) => from > 0 },
    )
    expect(harness.element(4)).toEqual(['even 4', 'even 2'])
    expect(harness.sideOutput(odd)).toEqual([3, 1])
    expect(harness.emissions.map(({ tag, value }) => [tag, value])).toEqual([
      [undefined, 'even 4'],
      ['odd', 3],
      [undefined, 'even 2'],
      ['odd', 1],
    ])
  })

  it('keeps state, timers, messages and the watermark over a restart at any parallelism', () => {
    const harness = keyedHarness(clicksPerMinute, byUser)
    const users = ['ann', 'bob', 'cid', 'dan']
    for (const user of users) harness.element({ user }, 0)
    harness.restart({ parallelism: 3 })
    harness.restart({ parallelism: 2 })
    for (const user of users) harness.element({ user }, 1)
    harness.restart()
    const fired = [...harness.watermark(minutes(1))].sort((a, b) => (a.user < b.user ? -1 : 1))
    expect(fired).toEqual(users.map((user) => ({ user, count: 2 })))
    expect(harness.end()).toEqual([])
  })

  it('says so when an operator sends itself messages for ever', () => {
    const harness = keyedHarness(
      {
        uid: 'endless',
        state: {},
        messages: type<null>(),
        processElement: (_, ctx) => ctx.continueLater(null),
        onMessage: (_, ctx) => ctx.continueLater(null),
      },
      { keyBy: (key: string) => key },
    )
    expect(() => harness.element('k')).toThrow(/'endless' to come to rest.*for ever/)
  })

  it('names the operator and the key when the function throws', () => {
    const harness = keyedHarness(
      {
        uid: 'picky',
        state: {},
        processElement: () => {
          throw new RangeError('too much')
        },
      },
      { keyBy: (key: string) => key },
    )
    expect(() => harness.element('ann')).toThrow(
      /RangeError: too much \(in processElement of operator 'picky'.*"ann"/,
    )
  })
})

describe('coKeyedHarness', () => {
  const harnessOf = () =>
    coKeyedHarness(
      {
        uid: 'await-parent',
        state: { seen: valueState<boolean>('seen'), waiting: listState<string>('waiting') },
        *processElement1(parent, { state }) {
          yield parent.id
          state.seen.update(true)
          yield* state.waiting.get()
          state.waiting.clear()
        },
        *processElement2(child, { state }) {
          if (state.seen.value()) yield child.name
          else state.waiting.add(child.name)
        },
      },
      {
        keyBy1: (parent: { id: number }) => parent.id,
        keyBy2: (child: { parent: number; name: string }) => child.parent,
      },
    )

  it('feeds both inputs of a function that shares state', () => {
    const harness = harnessOf()
    expect(harness.element2({ parent: 1, name: 'a' })).toEqual([])
    harness.restart({ parallelism: 2 })
    expect(harness.element1({ id: 1 })).toEqual([1, 'a'])
    expect(harness.element2({ parent: 1, name: 'b' })).toEqual(['b'])
  })

  it('combines the watermarks of both inputs', () => {
    const harness = harnessOf()
    harness.watermark1(5)
    expect(harness.watermarksMs).toEqual([])
    harness.watermark2(3)
    expect(harness.watermarksMs).toEqual([3])
  })
})
