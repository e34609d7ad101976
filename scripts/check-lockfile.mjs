// `npm run lockfile`: fails when package-lock.json would not install elsewhere; `npm run lockfile -- --fix` completes it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeLockfile, findLockfileProblems } from './lib/lockfile.mjs'
import { rootFolder } from './lib/workspaces.mjs'

const path = join(rootFolder, 'package-lock.json')
const lockfile = JSON.parse(readFileSync(path, 'utf8'))
if (process.argv.includes('--fix')) {
  const count = completeLockfile(lockfile)
  if (count > 0) writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`)
  console.log(`lockfile: ${count} entries added`)
}
const problems = findLockfileProblems(lockfile)
for (const problem of problems) console.error(problem)
console.log(`lockfile: ${Object.keys(lockfile.packages).length} packages, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
