// Runs the checkpoint job once, in a process of its own, and prints one line of JSON. Started by checkpoint-bench.
import { stateNames } from '../engines/engine.js'
import { runCheckpoints } from './checkpoint-run.js'

const [keys, isIncremental, stateName, checkpoints] = process.argv.slice(2)
const state = stateNames.find((each) => each === stateName)
if (state === undefined) throw new Error('Expected to be started by checkpoint-bench')
const run = await runCheckpoints({
  keys: Number(keys),
  isIncremental: isIncremental === 'true',
  state,
  checkpoints: Number(checkpoints),
  windowMs: 1_000,
})
console.log(JSON.stringify(run))
