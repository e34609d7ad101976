// Generators and loops against the results that other engines gave.
import { describe, expect, it } from 'vitest'
import { Stopwatch } from '../measure/stopwatch.js'
import type { Tally } from '../measure/tally.js'
import { bankingElementAt } from '../generate/banking.js'
import { workloads, workloadNamed } from './catalogue.js'
import type { Workload } from './workload.js'

/** What other engines on other virtual machines gave for the same workloads. */
const known = [
  { name: 'w1', records: 15_000_000, out: 13_125_579, sum: 383_880_299_993 },
  { name: 'w2-10k', records: 1_000_000, out: 1_000_000, sum: 51_008_743 },
  { name: 'w2-10k', records: 6_000_000, out: 6_000_000, sum: 1_805_999_894 },
  { name: 'w2-1m', records: 1_000_000, out: 1_000_000, sum: 1_501_214 },
  { name: 'w2-1m', records: 4_000_000, out: 4_000_000, sum: 11_998_324 },
  { name: 'w4', records: 1_000_000, out: 1_000_000, sum: 7_874_975_763_302 },
  { name: 'w4', records: 2_000_000, out: 2_000_000, sum: 31_500_155_854_082 },
  { name: 'q0', records: 400_000, out: 400_000, sum: 3_020_046_152_665 },
  { name: 'q1', records: 400_000, out: 368_000, sum: 2_423_163_563_316 },
  { name: 'q2', records: 400_000, out: 3_076, sum: 20_890_194_520 },
  { name: 'q3', records: 400_000, out: 1_928, sum: 24_671_125 },
  { name: 'score', records: 40_000, out: 40_000, sum: 1_388_443 },
  { name: 'q1', records: 6_000_000, out: 5_520_000, sum: 36_244_152_308_613 },
  { name: 'q3', records: 4_000_000, out: 23_068, sum: 2_825_737_851 },
]

describe('the expected result', () => {
  it.each(known)(
    'of $name with $records records is the one other engines gave',
    ({ name, records, out, sum }) => {
      expect(workloadNamed(name).expected(records)).toEqual({ out, sum })
    },
  )
})

describe('the hand-written loop', () => {
  it.each(workloads)('of $name gives the expected result', (workload) => {
    for (const records of [1_000, 19_998, 50_000]) {
      expect(loopOver(workload, records)).toEqual(workload.expected(records))
    }
  })
})

describe('the elements of the banking resolver', () => {
  it('let 299,630 of a million dependents come before what they refer to', () => {
    const records = 2_000_000
    const seen = new Set<number>()
    let early = 0
    for (let index = 0; index < records; index++) {
      const element = bankingElementAt(index, records)
      if (element.kind === 'precondition') seen.add(element.id)
      else if (!seen.has(element.fk)) early++
    }
    expect({ early, preconditions: seen.size }).toEqual({ early: 299_630, preconditions: 1_000_000 })
  })
})

function loopOver(workload: Workload, records: number): Tally {
  const tally = { out: 0, sum: 0 }
  workload.loop({ records, parallelism: 1, stopwatch: new Stopwatch(), tally })
  return tally
}
