/** The figures for programs: one line of JSON each. What the report is made from. */
import type { CheckpointFigures } from '../checkpoints/checkpoint-bench.js'
import type { StateName } from '../engines/engine.js'
import type { EngineName, PeerName } from '../engines/engine-names.js'
import type { Comparison } from '../measure/compare.js'
import { roundedSpread, type Spread } from '../measure/statistics.js'
import type { MemoryFigures } from '../memory/memory-bench.js'
import type { StartupFigures } from '../startup/startup-bench.js'
import type { RunDescription } from './run-description.js'

/** What one line holds. The first line of an invocation is a `run`: what follows was measured there. */
export type ResultLine =
  | ({ readonly kind: 'run' } & RunDescription)
  | EngineLine
  | RatioLine
  | ({ readonly kind: 'checkpoint' } & Omit<CheckpointFigures, 'kind'> & {
        readonly snapshot: CheckpointFigures['kind']
      })
  | ({ readonly kind: 'startup' } & StartupFigures)
  | ({ readonly kind: 'memory' } & MemoryFigures)
  | { readonly kind: 'skipped'; readonly peer: PeerName; readonly reason: string }
  | { readonly kind: 'problem'; readonly text: string }

/** How a comparison was set up; the same on all of its lines. */
interface Configuration {
  readonly workload: string
  readonly parallelism: number
  /** Threads that streamcore ran its subtasks in. */
  readonly workers: number
  readonly state: StateName
  readonly checkpointMs: number
}

/** One engine's figures on one workload; rates are whole records per second. */
export interface EngineLine extends Configuration {
  readonly kind: 'engine'
  readonly engine: EngineName
  readonly records: number
  readonly rps: Spread
  readonly perCpuSecond: number
  readonly peakRssMb: number
  readonly startupMs: number
  readonly otherCores: number
  readonly out: number
  readonly sum: number
}

/** streamcore beside one peer on one workload. */
export interface RatioLine extends Configuration {
  readonly kind: 'ratio'
  readonly peer: PeerName
  readonly ratio: number
  readonly cpuRatio: number
  readonly memoryRatio: number
}

const kinds: readonly ResultLine['kind'][] = [
  'run',
  'engine',
  'ratio',
  'checkpoint',
  'startup',
  'memory',
  'skipped',
  'problem',
]

/** The lines of a comparison. */
export function comparisonLines({ workload, setup, engines, ratios }: Comparison): readonly ResultLine[] {
  const { records, parallelism, workers, state, checkpointMs } = setup
  const configuration = { workload, parallelism, workers, state, checkpointMs }
  return [
    ...engines.map(
      ({ rps, perCpuSecond, peakRssMb, startupMs, otherCores, ...rest }): EngineLine => ({
        kind: 'engine',
        ...configuration,
        records,
        ...rest,
        rps: roundedSpread(rps, 0),
        perCpuSecond: Math.round(perCpuSecond),
        peakRssMb: Math.round(peakRssMb),
        startupMs: Math.round(startupMs),
        otherCores: Number(otherCores.toFixed(2)),
      }),
    ),
    ...ratios.map(
      ({ peer, ratio, cpuRatio, memoryRatio }): RatioLine => ({
        kind: 'ratio',
        ...configuration,
        peer,
        ratio: Number(ratio.toFixed(3)),
        cpuRatio: Number(cpuRatio.toFixed(3)),
        memoryRatio: Number(memoryRatio.toFixed(3)),
      }),
    ),
  ]
}

/** The lines of a checkpoint bench. */
export function checkpointLines(all: readonly CheckpointFigures[]): readonly ResultLine[] {
  return all.map(({ kind: snapshot, ...figures }) => ({ kind: 'checkpoint', snapshot, ...figures }))
}

/** Reads the lines back; `source` says where a line that is none stands. */
export function parseResultLines(text: string, source: string): readonly ResultLine[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const parsed: ResultLine = parsedLine(line, `${source}:${index + 1}`)
    if (kinds.includes(parsed.kind)) return [parsed]
    throw new Error(
      `${source}:${index + 1}: expected a line of kind ${kinds.join(', ')}, got ${line.slice(0, 200)}`,
    )
  })
}

function parsedLine(line: string, place: string): ResultLine {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new Error(`${place}: expected a line of JSON, got ${line.slice(0, 200)}`, { cause })
  }
}
