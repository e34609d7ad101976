/** W2: a running count per key, the plainest use of keyed state, with few keys and with many. */
import { defineJob, type, valueState } from 'streamcore'
import { eventAt } from '../generate/event.js'
import { mix, pick, seed } from '../generate/mixing.js'
import { batchSize, RecordFeed } from '../measure/record-feed.js'
import type { Tally } from '../measure/tally.js'
import { countingSink } from './counting-sink.js'
import { generatedSource } from './generated-source.js'
import type { Run, Workload } from './workload.js'

interface KeyCount {
  readonly key: number
  readonly count: number
}

/** source → keyBy → count per key → sink, over `keys` keys. */
function keyedCounter(options: Pick<Workload, 'name' | 'defaultRecords'> & { keys: number }): Workload {
  const { name, defaultRecords, keys } = options
  return {
    name,
    summary: `a count per key over ${keys.toLocaleString('en-US')} keys: source → keyBy → count → sink`,
    defaultRecords,
    job: (run) => counterJob(run, name, keys),
    loop: (run) => countByHand(run, keys),
    expected: (records) => countsInClosedForm(records, keys),
  }
}

/** Few keys: the state stays in the processor's caches. */
export const fewKeys: Workload = keyedCounter({ name: 'w2-10k', keys: 10_000, defaultRecords: 30_000_000 })

/** Many keys: every record misses the caches. */
export const manyKeys: Workload = keyedCounter({ name: 'w2-1m', keys: 1_000_000, defaultRecords: 20_000_000 })

function counterJob(run: Run, name: string, keys: number) {
  return defineJob({ name: `bench-${name}` }, (env) => {
    env
      .fromSource(
        generatedSource(run, (index) => eventAt(index, keys)),
        { uid: 'generator' },
      )
      .keyBy((event) => event.key)
      .process({
        uid: 'counter',
        state: { count: valueState<number>('count') },
        emits: type<KeyCount>(),
        processElement(event, { state }, out) {
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          out.collect({ key: event.key, count })
        },
      })
      .sinkTo(
        countingSink<KeyCount>(run, ({ count }) => count),
        { uid: 'sink' },
      )
  })
}

function countByHand(run: Run, keys: number): void {
  const feed = new RecordFeed({ ...run, generate: (index) => eventAt(index, keys), subtaskIndex: 0 })
  const counts = new Map<number, number>()
  let out = 0
  let sum = 0
  while (!feed.isAtEnd) {
    for (const event of feed.nextBatch(batchSize)) {
      const count = (counts.get(event.key) ?? 0) + 1
      counts.set(event.key, count)
      const result: KeyCount = { key: event.key, count }
      out++
      sum += result.count | 0
    }
  }
  run.stopwatch.stop()
  run.tally.out = out
  run.tally.sum = sum
}

/** A key seen n times emits 1 + 2 + … + n. */
function countsInClosedForm(records: number, keys: number): Tally {
  const seen = new Uint32Array(keys)
  for (let index = 0; index < records; index++) {
    const key = pick(mix(index ^ seed), keys)
    seen[key] = (seen[key] ?? 0) + 1
  }
  return { out: records, sum: seen.reduce((sum, count) => sum + (count * (count + 1)) / 2, 0) }
}
