// `npm run feel`: how using the library feels, measured as a newcomer with an empty folder would. One line per goal; the
// exit code says whether all are held. `npm run feel -- errors kill` runs only those. Times stand beside RxJS in the same run.
import { checkErrors } from './errors.mjs'
import { checkFirstResult } from './first-result.mjs'
import { checkInstall } from './install.mjs'
import { checkKills } from './kills.mjs'
import { checkRuns } from './runs.mjs'
import { checkServices } from './services.mjs'
import { checkSpeed } from './speed.mjs'
import { checkTestKit } from './test-kit.mjs'
import { openWorkbench } from './workbench.mjs'

const parts = {
  install: checkInstall,
  first: checkFirstResult,
  speed: checkSpeed,
  kill: checkKills,
  runs: checkRuns,
  errors: checkErrors,
  services: checkServices,
  tests: checkTestKit,
}

/**
 * @typedef {object} Finding
 * @property {string} goal number and name
 * @property {string} figure what was measured
 * @property {string} limit
 * @property {boolean} ok
 */

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in parts))
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}

const workbench = await openWorkbench()
const failed = []
let count = 0
try {
  for (const [name, check] of Object.entries(parts)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    for (const finding of await check(workbench)) {
      count++
      const { goal, figure, limit, ok } = finding
      console.log(`${ok ? 'ok    ' : 'FAILED'} ${goal}: ${figure} (limit ${limit})`)
      if (!ok) failed.push(goal)
    }
  }
} finally {
  workbench.close()
}
for (const note of workbench.notes) console.log(`left out: ${note}`)
console.log(`feel: ${count - failed.length} held, ${failed.length} missed`)
process.exitCode = failed.length > 0 ? 1 : 0
