// Runs one engine once, in a process of its own, and prints one line of JSON. Started by main.
import { stateNames } from './engines/engine.js'
import { nodeEngineNames } from './engines/engine-names.js'
import { nodeEngines } from './engines/node-engines.js'
import { descendantsPeakRssMb } from './measure/process-tree.js'
import type { RunResult } from './measure/run-result.js'
import { Stopwatch } from './measure/stopwatch.js'
import { workloadNamed } from './workloads/catalogue.js'

const [engineName, workloadName = '', records, parallelism, workers, stateName, checkpointMs] =
  process.argv.slice(2)
const engine = nodeEngineNames.find((each) => each === engineName)
const state = stateNames.find((each) => each === stateName)
if (engine === undefined || state === undefined) throw new Error('Expected to be started by main')

const setup = {
  records: Number(records),
  parallelism: Number(parallelism),
  workers: Number(workers),
  state,
  checkpointMs: Number(checkpointMs),
}
const stopwatch = new Stopwatch()
const run = await nodeEngines[engine]()
const tally = await run(workloadNamed(workloadName), setup, stopwatch)
const { steadySeconds, steadyCpuSeconds, otherCores, firstRecordAtMs } = stopwatch.timing()
const steadyRecords = setup.records * 0.75
const result: RunResult = {
  rps: steadyRecords / steadySeconds,
  perCpuSecond: steadyRecords / steadyCpuSeconds,
  peakRssMb: process.resourceUsage().maxRSS / 1_024 + descendantsPeakRssMb(process.pid),
  otherCores,
  firstRecordAtMs,
  ...tally,
}
console.log(JSON.stringify(result))
