// Goal 5: kill -9 at random moments, one option, and the output is that of a run without kills.
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { partLines } from './first-result.mjs'
import { run, streamcoreIn } from './workbench.mjs'

const rounds = 20

/** Twenty runs, each killed once or twice, then ended. */
export async function checkKills(workbench) {
  const folder = workbench.folder('kills')
  cpSync(workbench.home, folder, { recursive: true, verbatimSymlinks: true })
  const args = ['run', 'text-count.ts', '--state', './state', '--checkpoint-interval', '20ms']
  const command = streamcoreIn(folder)
  const undisturbed = await run(folder, command, args)
  const expected = partLines(join(folder, 'counts'))
  let killed = 0
  let wrong = 0
  for (let round = 0; round < rounds; round++) {
    for (const name of ['state', 'counts']) rmSync(join(folder, name), { recursive: true, force: true })
    for (let kill = 0; kill < 2; kill++) {
      const ran = await run(folder, command, args, {
        onStart: (child) =>
          setTimeout(() => child.kill('SIGKILL'), Math.random() * undisturbed.seconds * 1_000),
      })
      if (ran.signal === 'SIGKILL') killed++
    }
    const last = await run(folder, command, args)
    const lines = partLines(join(folder, 'counts'))
    if (
      last.code !== 0 ||
      lines.length !== expected.length ||
      lines.some((line, n) => line !== expected[n])
    ) {
      wrong++
      console.log(`round ${round}: code ${last.code}, ${lines.length} lines ${last.stderr.join(' | ')}`)
    }
  }
  return [
    {
      goal: '5 kill -9 with one option',
      figure: `${killed} kills in ${rounds} runs, ${wrong} outputs differ`,
      limit: 'at least 20 kills, 0 differ',
      ok: wrong === 0 && killed >= rounds && undisturbed.code === 0,
    },
  ]
}
