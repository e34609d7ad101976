// Keyed state under every fault, on the heap and in stores by turns.
import { expect, it } from 'vitest'
import { simulateJob } from './simulate-job.js'
import { stateProbeMustOccur, stateProbeOptions, stateProbeJob } from './state-probe.js'

it('holds what a plain model holds, whatever backend it is on and whatever fails', async () => {
  const report = await simulateJob(stateProbeJob, { ...stateProbeOptions, runs: 120 })
  expect(report.failures).toEqual([])
  // Each error of each call is met by more seeds than these.
  const mustOccur = stateProbeMustOccur.filter((name) => !/E(IO|NOSPC)$/.test(name))
  expect(report.marks.missing(mustOccur)).toEqual([])
}, 120_000)
