// Runs the job of the memory bench once, in a process of its own, and prints one line of JSON. Started by memory-bench.
import { stateNames } from '../engines/engine.js'
import { runMemory } from './memory-run.js'

const [records, stateName, sinkRecordsPerSecond] = process.argv.slice(2)
const state = stateNames.find((each) => each === stateName)
if (state === undefined) throw new Error('Expected to be started by memory-bench')
const run = await runMemory({
  records: Number(records),
  state,
  sinkRecordsPerSecond: Number(sinkRecordsPerSecond),
})
console.log(JSON.stringify(run))
