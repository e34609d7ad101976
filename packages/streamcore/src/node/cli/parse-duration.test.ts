// Durations as they are typed.
import { expect, it } from 'vitest'
import { parseDuration } from './parse-duration.js'

it.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['1h', 3_600_000],
])('reads %s', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs)
})

it.each(['10', 's', '0s', '-1s', '10 s', '1d', ''])('refuses %j', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})
