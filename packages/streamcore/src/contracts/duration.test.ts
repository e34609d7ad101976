// Durations as they are written in code.
import { expect, it } from 'vitest'
import { days, durationMs, durationText, hours, minutes, seconds } from './duration.js'

it.each([
  [17, 17],
  ['7 days', days(7)],
  ['1 day', days(1)],
  ['7d', days(7)],
  ['1.5 hours', 5_400_000],
  ['2 h', hours(2)],
  ['1 minute', minutes(1)],
  ['5m', minutes(5)],
  ['10 seconds', seconds(10)],
  ['500ms', 500],
  ['500 milliseconds', 500],
])('reads %j', (duration, ms) => {
  expect(durationMs(duration)).toBe(ms)
})

it.each([
  0,
  0.5,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  '7',
  'days',
  '0 days',
  '-1 day',
  '7  days',
  '7 dayss',
  '7 hs',
  '7 weeks',
  undefined,
  null,
])('refuses %j', (duration) => {
  expect(durationMs(duration)).toBeUndefined()
})

it.each([
  [days(7), '7 days'],
  [days(1), '1 day'],
  [hours(36), '36 hours'],
  [seconds(1), '1 second'],
  [1_500, '1500 ms'],
])('writes %d', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})
