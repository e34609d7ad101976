// Random models, histories and schedules against the promises of the resolver; STREAMCORE_RUNS makes it as long as you like.
import { expect, it } from 'vitest'
import { check } from './check.js'
import { large, randomScenario, type Size, small } from './random-scenario.js'
import { type RunOptions, SimulatedImport } from './simulated-import.js'

const smallRuns = Number(process.env['STREAMCORE_RUNS'] ?? 1_000)
const firstSeed = Number(process.env['STREAMCORE_SEED'] ?? 1)

/** What the runs have seen, so that a test can say that it was not idle. */
interface Tally {
  runs: number
  crashes: number
  fates: Map<string, number>
  cyclic: number
  inTarget: number
  redriven: number
}

function runMany(size: Size, runs: number, wanted: RunOptions = {}): Tally {
  const tally: Tally = { runs: 0, crashes: 0, fates: new Map(), cyclic: 0, inTarget: 0, redriven: 0 }
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
    const scenario = randomScenario(seed, size)
    // Giving versions up breaks what a valid history is promised.
    const options = scenario.history === 'valid' ? {} : wanted
    try {
      const run = new SimulatedImport(scenario, seed ^ 0x2545f491, options).run()
      const { fates } = check(run, options)
      tally.runs += 1
      tally.crashes += run.network.crashes
      tally.redriven += run.redriven
      if ([...run.graph.nodes.values()].some(({ isCyclic }) => isCyclic)) tally.cyclic += 1
      if (scenario.inTarget.length > 0) tally.inTarget += 1
      for (const fate of fates.values()) tally.fates.set(fate, (tally.fates.get(fate) ?? 0) + 1)
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
  return tally
}

it('keeps every promise for small random histories, with every fate seen', () => {
  const { crashes, cyclic, inTarget, fates } = runMany(small, smallRuns)
  expect(crashes * cyclic * inTarget).toBeGreaterThan(0)
  for (const fate of [
    'applied',
    'coalesced',
    'superseded',
    'cancelled',
    'merged',
    'nothing-to-delete',
    'waiting',
    'held',
  ]) {
    expect(fates.get(fate), fate).toBeGreaterThan(0)
  }
})

it('keeps every promise for large random histories', () => {
  expect(runMany(large, Math.ceil(smallRuns / 80)).runs).toBeGreaterThan(0)
})

it('keeps every promise but completeness when overdue versions are given up', () => {
  const { fates } = runMany(small, Math.ceil(smallRuns / 4), { evicts: true })
  expect(fates.get('evicted')).toBeGreaterThan(0)
})

it('takes what was given up and comes again, once and in order', () => {
  const { fates, redriven, crashes } = runMany(small, Math.ceil(smallRuns / 2), {
    evicts: true,
    redrives: true,
  })
  expect(redriven * crashes).toBeGreaterThan(0)
  expect(fates.get('evicted')).toBeGreaterThan(0)
})

it('gives up what would wait for a record that too many wait for', () => {
  const { fates, crashes } = runMany(small, Math.ceil(smallRuns / 4), { waitersMax: 1 })
  expect(crashes).toBeGreaterThan(0)
  expect(fates.get('evicted')).toBeGreaterThan(0)
})
