// Reports of seeds that were simulated in several processes.
import { describe, expect, it } from 'vitest'
import { addReports, missingMarks, noSeeds, reportLines, type SeedsReport } from './seeds-report.js'

const failure = (seed: number) => ({
  seed,
  violations: ['lost: a:1@1'],
  plan: {
    process: [],
    diskFault: 0,
    storeFault: 0,
    lateWrite: 0,
    loseRequest: 0,
    loseReply: 0,
    duplicate: 0,
  },
  recordsMax: 4,
  trace: ['what happened'],
})
const one: SeedsReport = {
  seeds: 2,
  events: 10,
  marks: { 'crash while running': 1, waited: 3 },
  failures: [failure(9)],
}
const two: SeedsReport = {
  seeds: 1,
  events: 5,
  marks: { waited: 1, 'fault: kill': 2 },
  failures: [failure(4)],
}

describe('reports', () => {
  it('are added up, failures in order of their seeds', () => {
    const sum = addReports(addReports(noSeeds, one), two)
    expect([sum.seeds, sum.events, sum.marks]).toEqual([
      3,
      15,
      { 'crash while running': 1, waited: 4, 'fault: kill': 2 },
    ])
    expect(sum.failures.map(({ seed }) => seed)).toEqual([4, 9])
  })

  it('name what was never met', () => {
    expect(missingMarks(one, ['waited', 'fault: kill'])).toEqual(['fault: kill'])
  })

  it('end with the number of violations and say how to repeat one', () => {
    const lines = reportLines(one, {
      name: 'banking',
      from: 1,
      durationMs: 1_000,
      mustOccur: ['fault: kill'],
    })
    expect(lines[0]).toContain('seeds 2 from 1, 2.0 seeds/s')
    expect(lines).toContain('  never met fault: kill')
    expect(lines).toContain('  again with: --replay 9')
    expect(lines.at(-1)).toBe('violations 1')
  })
})
