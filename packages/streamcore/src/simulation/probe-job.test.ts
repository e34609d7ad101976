// The engine under all faults at once.
import { describe, expect, it } from 'vitest'
import { probeJob, probeScenario } from './probe-job.js'
import { simulateJob } from './simulate-job.js'

describe('the engine under simulation', () => {
  it('loses nothing, doubles nothing and keeps the order per key under every fault', async () => {
    const report = await simulateJob(probeJob, { runs: 150, recordsMax: 60, scenario: probeScenario })
    expect(report.failures).toEqual([])
    const mustOccur = [
      'fault: kill',
      'fault: power',
      'fault: zombie',
      'service faults',
      'crash while committing',
      'crash while preparing',
      'crash while running',
      'restored a chain of deltas',
    ]
    expect(report.marks.missing(mustOccur)).toEqual([])
  })
})
