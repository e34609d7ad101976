/** One invocation of the bench: everything that was asked for, one thing after the other. */
import type { BenchArguments } from './arguments.js'
import { checkpointBenches, runCheckpointBench } from './checkpoints/checkpoint-bench.js'
import { checkpointTable } from './checkpoints/checkpoint-table.js'
import type { Setup } from './engines/engine.js'
import { type EngineName, isJavaEngine, type PeerName, standsBeside } from './engines/engine-names.js'
import { rocksdbManagedMb } from './java/java-engines.js'
import { compare } from './measure/compare.js'
import { runChild, type TimedRun } from './measure/run-child.js'
import { memoryBench, memoryTable, runMemoryBench } from './memory/memory-bench.js'
import { checkpointLines, comparisonLines, type ResultLine } from './report/json-lines.js'
import type { ResultWriter } from './report/result-writer.js'
import { scalingTexts } from './report/scaling.js'
import { millionsText, stateText, tableLegend, tableText } from './report/table.js'
import { runStartupBench, startedWorkload, startupBench, startupTable } from './startup/startup-bench.js'
import { workloadNamed } from './workloads/catalogue.js'
import type { Workload } from './workloads/workload.js'

/** What a run of the benches needs. */
export interface BenchRunOptions {
  readonly given: BenchArguments
  /** Those of the peers asked for that can run here. */
  readonly peers: readonly PeerName[]
  readonly writer: ResultWriter
  /** Tells how far it is. */
  readonly say: (line: string) => void
}

/** Runs everything; gives what was not as expected. */
export async function runBenches(options: BenchRunOptions): Promise<readonly string[]> {
  const { given, writer, say } = options
  const problems: string[] = []
  let hasComparison = false
  for (const name of given.workloads) {
    // What fails is no reason to lose hours of other figures.
    try {
      if (name === startupBench.name) await measureStartup(options)
      else if (name === memoryBench.name) await measureMemory(options)
      else if (checkpointBenches.some((bench) => bench.name === name)) await measureCheckpoints(name, options)
      else {
        hasComparison = true
        problems.push(...(await compareOn(workloadNamed(name), options)))
      }
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (hasComparison) writer.remark(`${tableLegend}\n${memoryRemark(options)}`)
  for (const problem of problems) say(problem)
  return problems
}

function memoryRemark({ given, peers }: BenchRunOptions): string {
  const limits = [
    ...(peers.some(isJavaEngine) ? [`Java has a heap of ${given.javaHeap} MB`] : []),
    ...(peers.includes('flink-rocksdb') ? [`RocksDB ${rocksdbManagedMb} MB beside it`] : []),
    'Node.js its own limits',
  ]
  return `Memory: ${limits.join(', ')}.`
}

async function compareOn(workload: Workload, options: BenchRunOptions): Promise<readonly string[]> {
  const { given, writer, say } = options
  const problems: string[] = []
  const lines: ResultLine[] = []
  for (const setup of setupsOf(workload, given)) {
    const peers = options.peers.filter((peer) => standsBeside(peer, setup.state))
    for (const peer of options.peers) {
      if (!peers.includes(peer)) say(`skipped ${peer} on ${workload.name}: its state is not on disk`)
    }
    const comparison = await compare({
      workload: workload.name,
      setup,
      peers,
      rounds: given.rounds,
      expected: workload.expected(setup.records),
      run: (engine, round) => runAndTell(options, { engine, round, workload: workload.name, setup }),
    })
    const written = comparisonLines(comparison)
    writer.write(written, tableText(comparison))
    lines.push(...written)
    problems.push(...comparison.differences)
  }
  for (const text of scalingTexts(lines)) writer.remark(text)
  return problems
}

async function runAndTell(
  { given, say }: BenchRunOptions,
  what: {
    readonly engine: EngineName
    readonly round: number
    readonly workload: string
    readonly setup: Setup
  },
): Promise<TimedRun> {
  const { engine, round, workload, setup } = what
  const hasProfile = given.cpuProf && !isJavaEngine(engine)
  const profileName = hasProfile ? `${workload}-${engine}-${round}.cpuprofile` : undefined
  const result = await runChild({ engine, workload, setup, javaHeapMb: given.javaHeap, profileName })
  say(
    `${workload}, round ${round} of ${given.rounds}: ${engine} ${millionsText(result.rps)} million records/s`,
  )
  return result
}

function setupsOf(workload: Workload, given: BenchArguments): readonly Setup[] {
  const { defaultRecords, usesWorkers = false } = workload
  const records = given.records ?? defaultRecords
  return given.parallelism.flatMap((parallelism) =>
    given.state.flatMap((state) =>
      given.checkpoint.map((checkpointMs) => {
        const workers = usesWorkers ? parallelism : 1
        return { records, parallelism, workers, state, checkpointMs }
      }),
    ),
  )
}

async function measureStartup({ given, peers, writer, say }: BenchRunOptions): Promise<void> {
  const figures = await runStartupBench({
    peers,
    rounds: given.rounds,
    run: async (engine, setup) => {
      const { javaHeap: javaHeapMb } = given
      const workload = startedWorkload
      const result = await runChild({ engine, workload, setup, javaHeapMb, profileName: undefined })
      say(`startup: ${engine} ${result.startupMs} ms`)
      return result
    },
  })
  writer.write(
    figures.map((each) => ({ kind: 'startup', ...each })),
    startupTable(figures),
  )
}

async function measureMemory({ given, writer, say }: BenchRunOptions): Promise<void> {
  for (const state of given.state) {
    say(`memory: streamcore, ${stateText(state)}`)
    const figures = await runMemoryBench(state, given.records)
    writer.write([{ kind: 'memory', ...figures }], memoryTable(figures))
  }
}

async function measureCheckpoints(name: string, { given, writer }: BenchRunOptions): Promise<void> {
  const bench = checkpointBenches.find((each) => each.name === name)
  if (bench === undefined) throw new Error(`Expected a checkpoint bench, got ${name}`)
  for (const state of given.state) {
    const { rounds, records: keys } = given
    const figures = await runCheckpointBench(bench, { state, rounds, keys })
    writer.write(checkpointLines(figures), checkpointTable(figures))
  }
}
