/** `npm run simulate -- banking|engine|state`: many seeds on all cores, or one again with its trace. */
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { Argument, Command, Option } from 'commander'
import { localFiles } from '@streamcore/connectors/files'
import { StreamcoreError } from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { simulateJob, simulateSeed } from 'streamcore/simulation'
import { readDelivery } from '../delivery/read-delivery.js'
import type { DeliveryItem } from '../delivery/delivery-file.js'
import { berka } from '../model/berka.js'
import { modelGraph } from '../model/model-graph.js'
import type { ReadDelivery } from '../simulate/delivery-scenario.js'
import { missingMarks, plainReport, reportLines, type SeedsReport } from '../simulate/seeds-report.js'
import {
  type Simulation,
  type SimulationName,
  simulationNames,
  simulationOf,
  withState,
  withThreads,
} from '../simulate/simulations.js'
import { PlainLoad } from '../verify/plain-load.js'
import { wholeNumber } from './parse-options.js'
import { count } from './progress.js'
import { isSeedRange, type RangeDone, simulateInWorkers } from './seed-workers.js'
import { type StateName, stateNames } from './state-backend.js'

interface SimulateFlags {
  readonly seeds: number
  readonly from: number
  readonly replay?: number
  readonly data?: string
  readonly state: StateName
  readonly threads: number
  readonly workers: number
  readonly worker: boolean
}

const seedsPerRange = 50
const reportEveryMs = 10_000
/** Fewer seeds need not have met everything. */
const seedsThatMeetAll = 1_000

/** The command; `program` is the file that runs it, for its workers. */
export function simulateCommand(program: string): Command {
  return new Command('simulate')
    .description(
      'run whole jobs in a simulated world where processes die, stop and wake up, disks and services fail; the same seed gives the same run',
    )
    .addArgument(
      new Argument(
        '<job>',
        'the import, a job that uses every part of the engine, or one that works on all kinds of state',
      ).choices(simulationNames),
    )
    .option('--seeds <count>', 'how many', wholeNumber(1), 1_000)
    .option('--from <seed>', 'the first one', wholeNumber(0), 1)
    .option('--replay <seed>', 'run one seed and print what happened', wholeNumber(0))
    .option('--data <directory>', 'a real delivery of Berka files instead of random histories')
    .addOption(
      new Option('--state <backend>', 'where keyed state is kept; the simulation `state` draws it')
        .choices(stateNames)
        .default('heap'),
    )
    .option('--threads <count>', 'threads of a simulated process, some of which crash', wholeNumber(1, 8), 1)
    .option('--workers <count>', 'processes', wholeNumber(1, 64), availableParallelism())
    .option('--worker', 'be one of them', false)
    .action(async (name: SimulationName, flags: SimulateFlags) => {
      if (name === 'state' && flags.state !== 'heap') {
        throw new StreamcoreError(
          'STREAMCORE_CONFIG',
          `Expected no --state for the simulation \`state\`, got ${flags.state}: every process draws its own; leave it out`,
        )
      }
      const read = flags.data === undefined ? undefined : await delivery(flags.data)
      const simulation = withThreads(withState(simulationOf(name, read), flags.state), flags.threads)
      if (flags.worker) serve(simulation)
      else if (flags.replay !== undefined) process.exitCode = await replay(simulation, flags.replay)
      else process.exitCode = await simulateSeeds(name, flags, { simulation, program })
    })
}

/** Simulates the ranges of seeds that the parent sends. */
function serve({ job, options }: Simulation): void {
  process.on('message', (message) => {
    if (!isSeedRange(message)) return
    const { from, runs } = message
    const repeated = from === 1 ? (options.repeated ?? 3) : 0
    simulateJob(job, { ...options, from, runs, repeated }).then(
      (report) => process.send?.({ kind: 'range-done', report: plainReport(report) } satisfies RangeDone),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exit(1)
      },
    )
  })
  // Without its parent nobody waits for what it finds.
  process.on('disconnect', () => process.exit(1))
}

async function replay({ job, options }: Simulation, seed: number): Promise<number> {
  const trace = (line: string) => void process.stdout.write(`${line}\n`)
  const { violations } = await simulateSeed(job, { ...options, runs: 1 }, { seed, trace })
  process.stdout.write([...violations, `violations ${violations.length}`, ''].join('\n'))
  return violations.length === 0 ? 0 : 1
}

async function simulateSeeds(
  name: SimulationName,
  { seeds, from, data, state, threads, workers }: SimulateFlags,
  { simulation, program }: { readonly simulation: Simulation; readonly program: string },
): Promise<number> {
  const startedMs = performance.now()
  let toldMs = startedMs
  const report = await simulateInWorkers({
    program,
    args: [
      name,
      '--worker',
      '--state',
      state,
      '--threads',
      String(threads),
      ...(data === undefined ? [] : ['--data', data]),
    ],
    from,
    runs: seeds,
    workers,
    seedsPerRange: Math.max(1, Math.min(seedsPerRange, Math.ceil(seeds / workers))),
    onReport: (sum) => {
      if (performance.now() - toldMs < reportEveryMs) return
      toldMs = performance.now()
      process.stderr.write(
        `${count(sum.seeds)} of ${count(seeds)} seeds, violations ${sum.failures.length}\n`,
      )
    },
  })
  const mustOccur = seeds < seedsThatMeetAll ? [] : simulation.mustOccur
  const durationMs = performance.now() - startedMs
  process.stdout.write(`${reportLines(report, { name, from, durationMs, mustOccur }).join('\n')}\n`)
  return isGood(report, mustOccur) ? 0 : 1
}

function isGood(report: SeedsReport, mustOccur: readonly string[]): boolean {
  return report.failures.length === 0 && missingMarks(report, mustOccur).length === 0
}

async function delivery(directory: string): Promise<ReadDelivery> {
  const context = {
    jobId: 'simulate',
    uid: 'simulate',
    connections: { files: localFiles() },
    ports: nodePorts({ logLevel: 'warn' }),
  }
  const options = { model: berka, directory, delivery: 1, context }
  const items: DeliveryItem[] = []
  for await (const item of readDelivery(options)) items.push(item)
  const plain = (await new PlainLoad(modelGraph(berka)).addAll(readDelivery(options))).load()
  return { model: berka, items, plain }
}
