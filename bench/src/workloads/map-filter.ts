/** W1: map and filter, no state and no exchange: the price of a chain. */
import { defineJob } from 'streamcore'
import { type Event, eventAt } from '../generate/event.js'
import { mix, seed } from '../generate/mixing.js'
import { batchSize, RecordFeed } from '../measure/record-feed.js'
import type { Tally } from '../measure/tally.js'
import { countingSink } from './counting-sink.js'
import { generatedSource } from './generated-source.js'
import type { Run, Workload } from './workload.js'

const keys = 1_000_000

/** The record. */
export const eventOf = (index: number): Event => eventAt(index, keys)

/** The map. */
export function scramble({ key, seq, value, ts }: Event): Event {
  return { key, seq, value: Math.imul(value ^ 0x5bd1e995, 0x9e3779b1), ts }
}

/** The filter. */
export const isKept = (event: Event): boolean => (event.value & 7) !== 0

/** source → map → filter → sink. */
export const mapFilter: Workload = {
  name: 'w1',
  summary: 'map and filter, no state: source → map → filter → sink',
  defaultRecords: 50_000_000,

  job: (run) =>
    defineJob({ name: 'bench-w1' }, (env) => {
      env
        .fromSource(generatedSource(run, eventOf), { uid: 'generator' })
        .map(scramble)
        .filter(isKept)
        .sinkTo(
          countingSink<Event>(run, (event) => event.value),
          { uid: 'sink' },
        )
    }),

  loop(run: Run): void {
    const feed = new RecordFeed({ ...run, generate: eventOf, subtaskIndex: 0 })
    let out = 0
    let sum = 0
    while (!feed.isAtEnd) {
      for (const event of feed.nextBatch(batchSize)) {
        const scrambled = scramble(event)
        if (!isKept(scrambled)) continue
        out++
        sum += scrambled.value
      }
    }
    run.stopwatch.stop()
    run.tally.out = out
    run.tally.sum = sum
  },

  /** Straight from the numbers, without any record. */
  expected(records: number): Tally {
    let out = 0
    let sum = 0
    for (let index = 0; index < records; index++) {
      const value = Math.imul(mix(index ^ seed) ^ 0x5bd1e995, 0x9e3779b1)
      if (value % 8 === 0) continue
      out++
      sum += value
    }
    return { out, sum }
  },
}
