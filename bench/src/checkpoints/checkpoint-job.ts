/** The job of the checkpoint benches: a count per key, the state of which is one small number. */
import { defineJob, type, valueState } from 'streamcore'
import { Stopwatch } from '../measure/stopwatch.js'
import type { RunningTally } from '../measure/tally.js'
import { countingSink } from '../workloads/counting-sink.js'
import { type Traffic, trafficSource } from './traffic.js'

/** source → keyBy → count → sink. */
export function checkpointJob(traffic: Traffic, tally: RunningTally) {
  const run = { records: 0, parallelism: 1, stopwatch: new Stopwatch(), tally }
  return defineJob({ name: 'bench-checkpoint' }, (env) => {
    env
      .fromSource(trafficSource(traffic), { uid: 'traffic' })
      .keyBy((key) => key)
      .process({
        uid: 'counter',
        state: { count: valueState<number>('count') },
        emits: type<number>(),
        processElement(_key, { state }, out) {
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          out.collect(count)
        },
      })
      .sinkTo(
        countingSink<number>(run, (count) => count),
        { uid: 'sink' },
      )
  })
}
