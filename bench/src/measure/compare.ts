/** Runs a workload on all engines in turn, round after round, and puts their figures beside each other. */
import type { Setup } from '../engines/engine.js'
import type { EngineName, PeerName } from '../engines/engine-names.js'
import type { TimedRun } from './run-child.js'
import { median, type Spread, spreadOf } from './statistics.js'
import { isSameTally, type Tally, tallyText } from './tally.js'

/** One line of a comparison. */
export interface EngineFigures extends Tally {
  readonly engine: EngineName
  readonly rps: Spread
  readonly perCpuSecond: number
  readonly peakRssMb: number
  /** The largest of all rounds. */
  readonly otherCores: number
  /** From the start of the process to the first record. */
  readonly startupMs: number
}

/** streamcore's figures divided by a peer's, medians by medians. */
export interface PeerRatio {
  readonly peer: PeerName
  /** How many times as fast streamcore is. */
  readonly ratio: number
  /** The same per second of processor time. */
  readonly cpuRatio: number
  /** How many times as much memory streamcore takes at its peak. */
  readonly memoryRatio: number
}

/** What came out of the rounds of one workload and setup. */
export interface Comparison {
  readonly workload: string
  readonly setup: Setup
  readonly engines: readonly EngineFigures[]
  readonly ratios: readonly PeerRatio[]
  /** Which engine failed, and whose result is not the expected one; empty when all is well. */
  readonly differences: readonly string[]
}

/** What to compare. */
export interface CompareOptions {
  readonly workload: string
  readonly setup: Setup
  readonly peers: readonly PeerName[]
  readonly rounds: number
  readonly expected: Tally
  /** Runs an engine once. */
  readonly run: (engine: EngineName, round: number) => Promise<TimedRun>
}

/** One run of each engine per round, alternating, so that a disturbance meets all of them alike. An engine that fails sits out the rest. */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { workload, setup, peers, rounds } = options
  const names: readonly EngineName[] = ['streamcore', ...peers]
  const results = new Map<EngineName, TimedRun[]>(names.map((name) => [name, []]))
  const failures = new Map<EngineName, string>()
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      if (failures.has(name)) continue
      try {
        results.get(name)?.push(await options.run(name, round))
      } catch (error) {
        failures.set(name, error instanceof Error ? error.message : String(error))
      }
    }
  }
  const engines = names.flatMap((engine) => figuresOf(engine, results.get(engine) ?? []))
  return {
    workload,
    setup,
    engines,
    ratios: ratiosOf(engines, peers),
    differences: [...failures.values(), ...differencesOf(results, options)],
  }
}

function differencesOf(
  results: ReadonlyMap<EngineName, readonly TimedRun[]>,
  { workload, setup, expected }: CompareOptions,
): readonly string[] {
  return [...results].flatMap(([engine, runs]) =>
    runs
      .filter((result) => !isSameTally(result, expected))
      .map(
        (result) =>
          `Expected ${engine} to give ${tallyText(expected)} on ${workload} with ${setup.records} records, got ${tallyText(result)}`,
      ),
  )
}

function ratiosOf(engines: readonly EngineFigures[], peers: readonly PeerName[]): readonly PeerRatio[] {
  const figures = new Map(engines.map((each) => [each.engine, each]))
  const ours = figures.get('streamcore')
  if (ours === undefined) return []
  return peers.flatMap((peer) => {
    const theirs = figures.get(peer)
    if (theirs === undefined) return []
    const ratio = ours.rps.median / theirs.rps.median
    const cpuRatio = ours.perCpuSecond / theirs.perCpuSecond
    return [{ peer, ratio, cpuRatio, memoryRatio: ours.peakRssMb / theirs.peakRssMb }]
  })
}

function figuresOf(engine: EngineName, results: readonly TimedRun[]): readonly EngineFigures[] {
  const last = results.at(-1)
  if (last === undefined) return []
  return [
    {
      engine,
      rps: spreadOf(results.map((result) => result.rps)),
      perCpuSecond: median(results.map((result) => result.perCpuSecond)),
      peakRssMb: Math.max(...results.map((result) => result.peakRssMb)),
      otherCores: Math.max(...results.map((result) => result.otherCores)),
      startupMs: median(results.map((result) => result.startupMs)),
      out: last.out,
      sum: last.sum,
    },
  ]
}
