// The engine under all faults, with keyed state in stores that fail as well.
import { expect, it } from 'vitest'
import { probeJob, probeScenario } from './probe-job.js'
import { simulateJob } from './simulate-job.js'
import type { SimulatedDatabase } from './simulated-database.js'
import { simulatedStateBackend } from './simulated-state-backend.js'

it('keeps state in stores as well as on the heap, under every fault', async () => {
  const databases: SimulatedDatabase[] = []
  const report = await simulateJob(probeJob, {
    runs: 100,
    recordsMax: 60,
    scenario: probeScenario,
    stateBackend: (incarnation) =>
      simulatedStateBackend(incarnation, {
        cacheBytes: incarnation.number % 2 === 0 ? 0 : 4_000,
        latencyMsMax: incarnation.number % 3,
        faultChance: incarnation.number % 4 === 1 ? 0.001 : 0,
        onDatabase: (database) => databases.push(database),
      }),
  })
  expect(report.failures).toEqual([])
  expect(databases.reduce((sum, { callCount }) => sum + callCount, 0)).toBeGreaterThan(5_000)
}, 60_000)
