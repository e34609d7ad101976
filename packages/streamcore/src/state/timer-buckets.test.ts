/** Timer buckets: what the contract suite does not reach. */
import { expect, it } from 'vitest'
import { TimerBuckets } from './timer-buckets.js'

it('keep the next time right while far more timers are deleted than fire', () => {
  const timers = new TimerBuckets()
  timers.add('kept', 1_000_000)
  for (let timestampMs = 0; timestampMs < 5000; timestampMs++) {
    timers.add('a', timestampMs)
    timers.delete('a', timestampMs)
    timers.delete('a', timestampMs)
  }
  expect([timers.count, timers.nextMs()]).toEqual([1, 1_000_000])
  timers.add('again', 17)
  expect(timers.takeDue(2_000_000)).toEqual({ key: 'again', timestampMs: 17 })
  expect(timers.takeDue(2_000_000)).toEqual({ key: 'kept', timestampMs: 1_000_000 })
  expect(timers.takeDue(2_000_000)).toBeUndefined()
})

it('fire an earlier timer that comes while a bucket is being taken, then the rest of the bucket', () => {
  const timers = new TimerBuckets()
  for (const key of ['a', 'b', 'c']) timers.add(key, 10)
  expect(timers.takeDue(10)).toEqual({ key: 'a', timestampMs: 10 })
  timers.add('early', 5)
  timers.add('a', 10)
  timers.delete('b', 10)
  const rest = [timers.takeDue(10), timers.takeDue(10), timers.takeDue(10), timers.takeDue(10)]
  expect(rest.map((due) => due?.key)).toEqual(['early', 'c', 'a', undefined])
})
