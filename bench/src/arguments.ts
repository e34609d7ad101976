/** The command line of the bench: what it takes, and how it refuses what it does not know. */
import { Argument, Command, InvalidArgumentError } from 'commander'
import { checkpointBenches } from './checkpoints/checkpoint-bench.js'
import { type StateName, stateNames } from './engines/engine.js'
import { peerGroups, type PeerName, peerNames } from './engines/engine-names.js'
import { memoryBench } from './memory/memory-bench.js'
import { startupBench } from './startup/startup-bench.js'
import { workloads } from './workloads/catalogue.js'

/** What was asked for. */
export interface BenchArguments {
  /** Workloads and other benches; all of them unless some are named. */
  readonly workloads: readonly string[]
  readonly peers: readonly PeerName[]
  /** Undefined: the default of each workload. */
  readonly records: number | undefined
  readonly rounds: number
  readonly json: boolean
  /** Where to write the lines of JSON, besides. */
  readonly out: string | undefined
  readonly checkpoint: readonly number[]
  readonly state: readonly StateName[]
  readonly parallelism: readonly number[]
  readonly javaHeap: number
  readonly cpuProf: boolean
}

/** The options as commander gives them. */
type BenchOptions = Omit<BenchArguments, 'workloads'>

const all: readonly { readonly name: string; readonly summary: string }[] = [
  ...workloads,
  ...checkpointBenches,
  startupBench,
  memoryBench,
]
const names = all.map((each) => each.name)
const groupNames = Object.keys(peerGroups)
const fewestRecords = 1_000
/** Record numbers are 32-bit integers. */
const mostRecords = 2_000_000_000

/** The command; `act` gets what was asked for. */
export function benchCommand(act: (given: BenchArguments) => Promise<void>): Command {
  return new Command('bench')
    .description(
      'Runs workloads on streamcore and on its peers: each run in a fresh process, alternating, several rounds.\n' +
        'Fails when the results differ from each other or from what is expected.',
    )
    .addArgument(new Argument('[workload...]', 'what to run (default: everything)').choices(names))
    .option(
      '--peers <names>',
      `what to compare with: ${peerNames.join(', ')}; or ${groupNames.join(', ')}`,
      peers,
      peers('loop,flink'),
    )
    .option(
      '--records <n>',
      'records per run (default: enough for a few seconds); of the checkpoint benches: keys',
      integer(fewestRecords, mostRecords),
    )
    .option('--rounds <n>', 'runs of each engine', integer(1, 100), 5)
    .option('--json', 'one line of JSON per engine and per peer', false)
    .option('--out <file>', 'writes these lines to a file, besides: what bench:report reads')
    .option('--checkpoint <ms>', 'intervals to measure, 0 is off: 0,1000', integers(0, 3_600_000), [0])
    .option('--state <names>', `where state is kept: ${stateNames.join(', ')}`, states, ['heap'])
    .option('--parallelism <n>', 'subtasks of every operator of the job: 1,2', integers(1, 64), [1])
    .option('--java-heap <mb>', 'heap of each engine on Java', integer(128, 65_536), 512)
    .option('--cpu-prof', 'writes a CPU profile of each run on Node.js into the current folder', false)
    .addHelpText(
      'after',
      `\nWorkloads:\n${all.map((each) => `  ${each.name.padEnd(15)}${each.summary}`).join('\n')}`,
    )
    .action((chosen: readonly string[], options: BenchOptions) =>
      act({
        ...options,
        records: options.records,
        out: options.out,
        workloads: chosen.length === 0 ? names : chosen,
      }),
    )
}

/** Names and groups, each peer once, in the order of the tables. */
function peers(text: string): readonly PeerName[] {
  const asked = text.split(',').flatMap((name): readonly string[] => peerGroups[name] ?? [name])
  const unknown = asked.find((name) => !peerNames.some((each) => each === name))
  if (unknown === undefined) return peerNames.filter((name) => asked.includes(name))
  throw new InvalidArgumentError(
    `Allowed are ${[...peerNames, ...groupNames].join(', ')}, separated by commas.`,
  )
}

function states(text: string): readonly StateName[] {
  return text.split(',').map((name) => {
    const found = stateNames.find((each) => each === name)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`Allowed are ${stateNames.join(', ')}, separated by commas.`)
  })
}

function integers(min: number, max: number): (text: string) => readonly number[] {
  const parse = integer(min, max)
  return (text) => text.split(',').map(parse)
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+(_\d+)*$/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected an integer from ${min} to ${max}.`)
  }
}
