// The job whose checkpoints are kept as golden files: every kind of state, of key and of value, timers, messages, output to commit.
import { defineJob, type Job } from '../../api/define-job.js'
import type { Key } from '../../contracts/key.js'
import type { Sink } from '../../contracts/sink.js'
import type { Source } from '../../contracts/source.js'
import { type } from '../../contracts/schema.js'
import { listState, mapState, reducingState, valueState } from '../../contracts/state/state-descriptors.js'
import { forMonotonousTimestamps } from '../../contracts/watermark-strategy.js'

/** Numbers that the golden checkpoint has read. */
export const storedCount = 60
/** All numbers. */
export const totalCount = 100

const farAwayMs = Date.UTC(2200, 0, 1)

/** What the values of a stored object look like; never changed, only added to. */
function sample(number: number): object {
  return {
    text: `Zahl ${number} ≠ ∅`,
    big: 12_345_678_901_234_567_890n + BigInt(number),
    negativeZero: -0,
    date: new Date(Date.UTC(2026, 0, 1) + number),
    set: new Set([number, 'x']),
    map: new Map([[number, { deep: [null, true, 1.5] }]]),
    bytes: new Uint8Array([number, 255]),
  }
}

const keyMakers: readonly ((number: number) => Key)[] = [
  (number) => number % 7,
  (number) => `schlüssel-${number % 7}`,
  (number) => BigInt(number % 7) * 10_000_000_000_000_000_000n,
  (number) => number % 2 === 0,
  (number) => ['tuple', number % 7, [true]],
]

/** Stops at the gate's limit, from `storedCount` on with messages under way, until all numbers may be read. */
export function goldenJob(gate: { limit: number }, sink: Sink<string>): Job<Readonly<Record<string, never>>> {
  return defineJob({ name: 'golden' }, (env) => {
    env
      .fromSource(numbers(gate), {
        uid: 'numbers',
        watermarks: forMonotonousTimestamps((number: number) => number * 10),
      })
      .keyBy((number) => keyMakers[number % keyMakers.length]?.(number) ?? number)
      .process({
        uid: 'everything',
        state: {
          count: valueState<number>('count'),
          sample: valueState<object>('sample'),
          list: listState<number>('list'),
          map: mapState<string, number>('map'),
          sum: reducingState<number>('sum', (a, b) => a + b),
        },
        emits: type<string>(),
        messages: type<number>(),
        processElement: (number, ctx, out) => {
          const { state, timers, key } = ctx
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          state.sample.update(sample(number))
          state.list.add(number)
          state.map.put(`n${number}`, count)
          state.sum.add(number)
          timers.registerEventTimeTimer(number * 10 + 355)
          timers.registerProcessingTimeTimer(farAwayMs + number)
          if (number === storedCount - 1) ctx.continueLater(number)
          out.collect(`${String(key)} ${count} ${state.sum.get()} ${[...state.list.get()].length}`)
        },
        onTimer: (timestampMs, { key, state }, out) => {
          if (timestampMs < farAwayMs)
            out.collect(`${String(key)} at ${timestampMs}: ${[...state.map.keys()].length > 0}`)
        },
        onMessage: (number, ctx, out) => {
          if (gate.limit === totalCount) out.collect(`message ${number} to ${String(ctx.key)}`)
          else ctx.continueLater(number)
        },
      })
      .sinkTo(sink, { uid: 'out' })
  })
}

function numbers(gate: { readonly limit: number }): Source<number> {
  return {
    kind: 'golden-numbers',
    config: null,
    boundedness: 'bounded',
    createEnumerator: async () => ({
      discover: async () => [{ id: 'all', info: { of: 'numbers' } }],
      close: async () => {},
    }),
    createReader: async (_split, position) => {
      let next = typeof position === 'number' ? position : 0
      return {
        fetch: async () => {
          const start = next
          next = Math.max(start, Math.min(gate.limit, start + 16))
          return {
            records: Array.from({ length: next - start }, (_, index) => start + index),
            positionAfter: (index) => start + index + 1,
            endPosition: next,
            placeOf: (index) => `number ${start + index}`,
            isEnd: next === totalCount,
          }
        },
        close: async () => {},
      }
    },
  }
}
