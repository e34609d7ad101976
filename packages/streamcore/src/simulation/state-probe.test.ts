// Keyed state under every fault, on the heap and in stores by turns.
import { expect, it } from 'vitest'
import { simulateJob } from './simulate-job.js'
import { stateProbeMustOccur, stateProbeOptions, stateProbeJob } from './state-probe.js'

it('holds what a plain model holds, whatever backend it is on and whatever fails', async () => {
  const report = await simulateJob(stateProbeJob, { ...stateProbeOptions, runs: 250 })
  expect(report.failures).toEqual([])
  expect(report.marks.missing(stateProbeMustOccur)).toEqual([])
}, 60_000)
