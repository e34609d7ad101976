// `npm run bench -- <workload…>`: measures streamcore beside its peers and checks that all of them did the same work.
import { benchCommand, type BenchArguments } from './arguments.js'
import type { Setup } from './engines/engine.js'
import {
  type CheckpointBench,
  checkpointBenches,
  runCheckpointBench,
} from './checkpoints/checkpoint-bench.js'
import { checkpointTable } from './checkpoints/checkpoint-table.js'
import { compare, type Comparison } from './measure/compare.js'
import { runChild } from './measure/run-child.js'
import { jsonLines } from './report/json-lines.js'
import { tableLegend, tableText } from './report/table.js'
import { workloadNamed } from './workloads/catalogue.js'
import type { Workload } from './workloads/workload.js'

try {
  await benchCommand(run).parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function run(given: BenchArguments): Promise<void> {
  let hasComparison = false
  for (const name of given.workloads) {
    const bench = checkpointBenches.find((each) => each.name === name)
    if (bench !== undefined) {
      await runCheckpointBenches(bench, given)
      continue
    }
    hasComparison = true
    const workload = workloadNamed(name)
    for (const setup of setupsOf(workload, given)) report(await measure(workload, setup, given), given)
  }
  if (hasComparison && !given.json) console.log(tableLegend)
}

async function runCheckpointBenches(bench: CheckpointBench, given: BenchArguments): Promise<void> {
  for (const state of given.state) {
    const { rounds, records: keys, json } = given
    const figures = await runCheckpointBench(bench, { state, rounds, keys })
    console.log(
      json ? figures.map((each) => JSON.stringify(each)).join('\n') : `\n${checkpointTable(figures)}\n`,
    )
  }
}

function setupsOf({ defaultRecords }: Workload, given: BenchArguments): readonly Setup[] {
  const records = given.records ?? defaultRecords
  return given.parallelism.flatMap((parallelism) =>
    given.state.flatMap((state) =>
      given.checkpoint.map((checkpointMs) => ({ records, parallelism, state, checkpointMs })),
    ),
  )
}

async function measure(workload: Workload, setup: Setup, given: BenchArguments): Promise<Comparison> {
  const { peers, rounds } = given
  return await compare({
    workload: workload.name,
    setup,
    peers,
    rounds,
    expected: workload.expected(setup.records),
    run: async (engine, round) => {
      const profileName = given.cpuProf ? `${workload.name}-${engine}-${round}.cpuprofile` : undefined
      const result = await runChild({ engine, workload: workload.name, setup, profileName })
      const rate = (result.rps / 1e6).toFixed(2)
      console.error(`${workload.name}, round ${round} of ${rounds}: ${engine} ${rate} million records/s`)
      return result
    },
  })
}

function report(comparison: Comparison, { json }: BenchArguments): void {
  const text = json ? jsonLines(comparison).join('\n') : `\n${tableText(comparison)}\n`
  console.log(text)
  for (const difference of comparison.differences) console.error(difference)
  if (comparison.differences.length > 0) process.exitCode = 1
}
