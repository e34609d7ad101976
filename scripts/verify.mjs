// `npm run verify`: everything CI checks. All steps run, so that one failure does not hide the next.
// `--no-tests` leaves the test run out, where it has just been done.
import { runChild } from './lib/run-child.mjs'
import { rootFolder } from './lib/workspaces.mjs'

const steps = [
  'lockfile',
  'format:check',
  'lint',
  'typecheck',
  'layers',
  'structure',
  'unused',
  'test',
  'build',
  'package:check',
  'docs:check',
]
const withTests = !process.argv.includes('--no-tests')

const failed = []
for (const step of steps.filter((each) => withTests || each !== 'test')) {
  console.log(`\n── ${step}`)
  const code = await runChild('npm', ['run', '--silent', step], { cwd: rootFolder })
  if (code !== 0) failed.push(step)
}
console.log(failed.length === 0 ? '\nverify: all steps passed' : `\nverify: failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
