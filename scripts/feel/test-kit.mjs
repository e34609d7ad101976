// Goal 15: how long a test of a keyed function with time is, and how many records the harness takes a second.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './workbench.mjs'

const recordsPerSecondMin = 100_000

/** The test is `jobs/clicks-per-minute.test.mjs`; the speed is measured in a process of its own. */
export async function checkTestKit({ home }) {
  const text = readFileSync(join(home, 'clicks-per-minute.test.mjs'), 'utf8')
  const lines = text.slice(text.indexOf("it('")).trimEnd().split('\n').length
  const speed = await run(home, [process.execPath], ['harness-speed.mjs'])
  const perSecond = Number(speed.stdout.at(-1))
  return [
    { goal: '15 lines of a test with time', figure: String(lines), limit: '8', ok: lines <= 8 },
    {
      goal: '15 records through the harness',
      figure: `${Math.round(perSecond).toLocaleString('en-US')} a second`,
      limit: `${recordsPerSecondMin.toLocaleString('en-US')} a second`,
      ok: speed.code === 0 && perSecond >= recordsPerSecondMin,
    },
  ]
}
