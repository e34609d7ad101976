// The probe job with its state in stores: what expires there is loaded, cleaned up and restored between the elements of others.
import { expect, it } from 'vitest'
import { probeJob, probeScenario } from './probe-job.js'
import { simulateJob } from './simulate-job.js'
import { simulatedStateBackend } from './simulated-state-backend.js'

it('remembers exactly what has not expired, whatever happens to a store and its process', async () => {
  const report = await simulateJob(probeJob, {
    runs: 40,
    recordsMax: 60,
    scenario: probeScenario,
    stateBackend: (incarnation, onDatabase) =>
      simulatedStateBackend(incarnation, { onDatabase, latencyMsMax: 1 }),
  })
  expect(report.failures).toEqual([])
  expect(report.marks.missing(['fault: kill', 'fault: power', 'restored a checkpoint'])).toEqual([])
})
