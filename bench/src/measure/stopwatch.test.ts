// Stopwatches of several threads, put together.
import { expect, it } from 'vitest'
import { Stopwatch, stopwatchLength } from './stopwatch.js'

it('takes the first start, the first quarter and the last stop of several threads', () => {
  const marks = [new Float64Array(stopwatchLength), new Float64Array(stopwatchLength)] as const
  const [first, second] = [new Stopwatch(marks[0]), new Stopwatch(marks[1])]
  first.start()
  second.start()
  first.passQuarter()
  first.stop()
  second.stop()
  for (const order of [
    [first, second],
    [second, first],
  ]) {
    const whole = new Stopwatch()
    for (const each of order) whole.include(each)
    const [startMs = 0, quarterMs = 0, endMs = 0] = [marks[0][0], marks[0][4], marks[1][8]]
    expect(whole.timing().seconds).toBe((endMs - startMs) / 1_000)
    expect(whole.timing().steadySeconds).toBe((endMs - quarterMs) / 1_000)
  }
})
