/** How slices of snapshots find their size. */
import { expect, it } from 'vitest'
import { TurnScheduler } from '../testing/turn-scheduler.js'
import { SnapshotSlice } from './snapshot-slice.js'

function sizesAfter(durationsMs: readonly number[]): readonly number[] {
  const slice = new SnapshotSlice(new TurnScheduler({ sliceSize: 256 }))
  return durationsMs.map((durationMs) => {
    slice.took(durationMs)
    return slice.entries()
  })
}

it('grow while they are quick, to a bound', () => {
  expect(sizesAfter(new Array<number>(10).fill(0.1)).at(-1)).toBe(256 * 32)
})

it('begin small with each snapshot', () => {
  const slice = new SnapshotSlice(new TurnScheduler({ sliceSize: 256 }))
  for (let index = 0; index < 10; index++) slice.took(0.1)
  slice.restart()
  expect(slice.entries()).toBe(1_024)
})

it('shrink while they are slow, to one entry or few', () => {
  const sizes = sizesAfter(new Array<number>(20).fill(30))
  expect(sizes[0]).toBe(128)
  expect(sizes.at(-1)).toBe(4)
})

it('stay when they take about as long as they should', () => {
  expect(sizesAfter([1.2, 2, 3.9])).toEqual([256, 256, 256])
})
