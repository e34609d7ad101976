// Feeds: every record once, in order, however many subtasks share them.
import { expect, it } from 'vitest'
import { RecordFeed } from './record-feed.js'
import { Stopwatch } from './stopwatch.js'

function recordsOf(records: number, parallelism: number, batch: number): readonly number[] {
  const stopwatch = new Stopwatch()
  return Array.from({ length: parallelism }, (_, subtaskIndex) => subtaskIndex).flatMap((subtaskIndex) => {
    const feed = new RecordFeed({ generate: (index) => index, records, subtaskIndex, parallelism, stopwatch })
    const taken: number[] = []
    while (!feed.isAtEnd) taken.push(...feed.nextBatch(batch))
    return taken
  })
}

it.each([1, 2, 3, 7])('gives every record once when %d subtasks share them', (parallelism) => {
  for (const batch of [1, 7, 4_096]) {
    const records = recordsOf(1_000, parallelism, batch)
    expect(records.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
  }
})

it('gives a subtask every parallelism-th record', () => {
  const stopwatch = new Stopwatch()
  const options = { generate: (index: number) => index, records: 10, parallelism: 3, stopwatch }
  expect(new RecordFeed({ ...options, subtaskIndex: 1 }).nextBatch(100)).toEqual([1, 4, 7])
})

it('goes on where another one stopped', () => {
  const options = { records: 10, subtaskIndex: 0, parallelism: 2, stopwatch: new Stopwatch() }
  const first = new RecordFeed({ ...options, generate: (index) => index })
  first.nextBatch(2)
  const second = new RecordFeed({ ...options, generate: (index) => index }, first.nextIndex)
  expect(second.nextBatch(100)).toEqual([4, 6, 8])
  expect(second.isAtEnd).toBe(true)
  expect(second.nextBatch(100)).toEqual([])
})

it('starts the stopwatch with the first feed and passes the quarter with a quarter of the records', () => {
  const stopwatch = new Stopwatch()
  const feed = new RecordFeed({
    generate: (index) => index,
    records: 8,
    subtaskIndex: 0,
    parallelism: 1,
    stopwatch,
  })
  feed.nextBatch(1)
  stopwatch.stop()
  expect(() => stopwatch.timing()).toThrow('to pass a quarter')
  feed.nextBatch(1)
  stopwatch.stop()
  expect(stopwatch.timing().seconds).toBeGreaterThanOrEqual(stopwatch.timing().steadySeconds)
})
