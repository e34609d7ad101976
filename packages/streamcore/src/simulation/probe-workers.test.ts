// The engine's own job in workers: the protocol between threads under every fault, and workers that crash.
import { expect, it } from 'vitest'
import { probeJob, probeScenario } from './probe-job.js'
import { simulateJob } from './simulate-job.js'

it('loses nothing and doubles nothing in several threads, whatever crashes', async () => {
  const report = await simulateJob(probeJob, {
    runs: 60,
    recordsMax: 60,
    workers: [1, 2, 3],
    scenario: probeScenario,
  })
  expect(report.failures).toEqual([])
  expect(report.marks.missing(['worker crashes', 'crash while committing', 'fault: zombie'])).toEqual([])
}, 60_000)
