// The whole import in the simulated world: processes die, services lose and repeat calls, and nothing of it shows in the target.
import { simulated, simulateJob } from 'streamcore/simulation'
import { expect, it } from 'vitest'
import { job } from '../src/job.js'
import { simulationOf, withThreads } from '../src/simulate/simulations.js'
import { importScenario } from '../src/simulate/import-scenario.js'

const runs = Number(process.env['STREAMCORE_RUNS'] ?? 15)
const from = Number(process.env['STREAMCORE_SEED'] ?? 1)

it('imports exactly once whatever dies, with no foreign key violated', async () => {
  const report = await simulateJob(simulated(job), { runs, from, recordsMax: 60, scenario: importScenario })
  expect(report.failures).toEqual([])
  expect(report.seeds).toBe(runs)
})

it('imports exactly once in several threads, some of which crash', async () => {
  const { job: threaded, options } = withThreads(simulationOf('banking'), 3)
  const report = await simulateJob(threaded, { ...options, runs: 10, from, recordsMax: 60 })
  expect(report.failures).toEqual([])
  expect(report.marks.missing(['worker crashes'])).toEqual([])
})
