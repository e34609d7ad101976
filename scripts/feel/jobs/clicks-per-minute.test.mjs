// The test whose lines are counted, from `it(` on.
import { seconds } from 'streamcore'
import { keyedHarness } from 'streamcore/testing'
import { expect, it } from 'vitest'
import { clicksPerMinute } from './clicks-per-minute.mjs'

it('counts the clicks of a minute', () => {
  const harness = keyedHarness(clicksPerMinute, { keyBy: (click) => click.user })
  harness.element({ user: 'ann' }, seconds(10))
  harness.element({ user: 'ann' }, seconds(20))
  expect(harness.watermark(seconds(69))).toEqual([])
  expect(harness.watermark(seconds(70))).toEqual([{ user: 'ann', count: 2 }])
})
