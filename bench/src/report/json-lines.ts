/** A comparison for programs: one line of JSON per engine and one per peer. */
import type { Comparison } from '../measure/compare.js'
import type { Spread } from '../measure/statistics.js'

/** The lines of a comparison; rates are whole records per second. */
export function jsonLines({ workload, setup, engines, ratios }: Comparison): readonly string[] {
  const { records, parallelism, state, checkpointMs } = setup
  const configuration = { parallelism, state, checkpointMs }
  return [
    ...engines.map(({ engine, rps, perCpuSecond, peakRssMb, out, sum }) =>
      JSON.stringify({
        workload,
        engine,
        ...configuration,
        records,
        rps: wholeSpread(rps),
        perCpuSecond: Math.round(perCpuSecond),
        peakRssMb: Math.round(peakRssMb),
        out,
        sum,
      }),
    ),
    ...ratios.map(({ peer, ratio }) =>
      JSON.stringify({ workload, peer, ...configuration, ratio: Number(ratio.toFixed(3)) }),
    ),
  ]
}

function wholeSpread({ min, median, max }: Spread): Spread {
  return { min: Math.round(min), median: Math.round(median), max: Math.round(max) }
}
