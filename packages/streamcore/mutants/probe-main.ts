// Simulates the engine's probe job seed by seed, each of which it names, until one fails; the last line is JSON.
import { probeJob, probeScenario } from '../src/simulation/probe-job.js'
import { simulateJob, simulateSeed } from '../src/simulation/simulate-job.js'

const seedsMax = Number(process.argv[2])
const workers = process.argv[3] === 'threads' ? { workers: [1, 2, 3] } : {}
const options = { runs: 1, recordsMax: 60, scenario: probeScenario, ...workers }
let found: { seed: number; violation: string } | undefined
for (let seed = 1; seed <= seedsMax && found === undefined; seed++) {
  process.stdout.write(`${seed}\n`)
  try {
    const { violations } = await simulateSeed(probeJob, options, { seed })
    if (violations[0] !== undefined) found = { seed, violation: violations[0] }
  } catch (error) {
    found = { seed, violation: String(error) }
  }
}
// The whole call, with its report, must work as well.
if (found === undefined) await simulateJob(probeJob, options)
process.stdout.write(`${JSON.stringify(found ?? { seed: 0, violation: '' })}\n`)
process.exit(0)
