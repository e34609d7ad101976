// Goal 4: the whole process on 100,000 records, beside the RxJS script, one after the other so that noise meets both.
import { median, run, streamcoreIn } from './workbench.mjs'

const rounds = 5

/** Median of five, process start included. RxJS keeps no state, so its time is the mark. */
export async function checkSpeed(workbench) {
  const commands = {
    ours: [streamcoreIn(workbench.home), ['run', 'print-count.ts']],
    rxjs: [[process.execPath], ['rxjs-count.mjs']],
  }
  const seconds = { ours: [], rxjs: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const [name, [command, args]] of Object.entries(commands)) {
      const ran = await run(workbench.home, command, args, { stdout: 'ignore' })
      if (ran.code !== 0) throw new Error(`${name} failed: ${ran.stderr.join('\n')}`)
      if (round > 0) seconds[name].push(ran.seconds)
    }
  }
  const [ours, rxjs] = [median(seconds.ours), median(seconds.rxjs)]
  return [
    {
      goal: '4 run of 100,000 records',
      figure: `${ours.toFixed(2)} s, ${(ours / rxjs).toFixed(2)} of RxJS (${rxjs.toFixed(2)} s)`,
      limit: '1.00 of RxJS',
      ok: ours <= rxjs,
    },
  ]
}
