/** Runs a workload on all engines in turn, round after round, and puts their figures beside each other. */
import type { EngineName, PeerName, Setup } from '../engines/engine.js'
import type { RunResult } from './run-result.js'
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
}

/** How many times as fast as a peer streamcore is. */
export interface PeerRatio {
  readonly peer: PeerName
  readonly ratio: number
}

/** What came out of the rounds of one workload and setup. */
export interface Comparison {
  readonly workload: string
  readonly setup: Setup
  readonly engines: readonly EngineFigures[]
  readonly ratios: readonly PeerRatio[]
  /** Where an engine's result is not the expected one; empty when all is well. */
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
  readonly run: (engine: EngineName, round: number) => Promise<RunResult>
}

/** One run of each engine per round, alternating, so that a disturbance meets all of them alike. */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { workload, setup, peers, rounds, expected } = options
  const names: readonly EngineName[] = ['streamcore', ...peers]
  const results = new Map<EngineName, RunResult[]>(names.map((name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) results.get(name)?.push(await options.run(name, round))
  }
  const all = names.flatMap((engine) => (results.get(engine) ?? []).map((result) => ({ engine, result })))
  const engines = names.map((engine) => figuresOf(engine, results.get(engine) ?? []))
  const medianOf = (name: EngineName) => median((results.get(name) ?? []).map((result) => result.rps))
  return {
    workload,
    setup,
    engines,
    ratios: peers.map((peer) => ({ peer, ratio: medianOf('streamcore') / medianOf(peer) })),
    differences: all
      .filter(({ result }) => !isSameTally(result, expected))
      .map(
        ({ engine, result }) =>
          `Expected ${engine} to give ${tallyText(expected)} on ${workload} with ${setup.records} records, got ${tallyText(result)}`,
      ),
  }
}

function figuresOf(engine: EngineName, results: readonly RunResult[]): EngineFigures {
  const last = results.at(-1)
  if (last === undefined) throw new Error(`Expected at least one round of ${engine}, got none`)
  return {
    engine,
    rps: spreadOf(results.map((result) => result.rps)),
    perCpuSecond: median(results.map((result) => result.perCpuSecond)),
    peakRssMb: Math.max(...results.map((result) => result.peakRssMb)),
    otherCores: Math.max(...results.map((result) => result.otherCores)),
    out: last.out,
    sum: last.sum,
  }
}
