// Goals 6, 13 and 14: what a run says first and last, and what it never does silently.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { partLines, wrongCounts } from './first-result.mjs'
import { run, streamcoreIn } from './workbench.mjs'

/** One process each. */
export async function checkRuns(workbench) {
  const { home } = workbench
  const streamcore = streamcoreIn(home)
  const counts = join(home, 'counts')
  rmSync(counts, { recursive: true, force: true })
  const first = await run(home, streamcore, ['run', 'text-count.ts'])
  const again = await run(home, streamcore, ['run', 'text-count.ts'])
  const isKept = wrongCounts(partLines(counts)) === undefined
  writeFileSync(join(home, 'broken.jsonl'), '{"user":"a"}\n{"user":\n{"user":"b"}\n')
  const failing = await run(home, streamcore, ['run', 'broken-input.ts'])
  const lettered = await run(home, streamcore, ['run', 'dead-letters.ts'])
  const explained = await run(home, streamcore, ['run', 'text-count.ts', '--explain'])
  const fakeVersion = 'data:text/javascript,Object.defineProperty(process,"version",{value:"v18.20.8"})'
  const old = await run(
    home,
    [process.execPath, '--import', fakeVersion, streamcore[1]],
    ['run', 'text-count.ts'],
  )
  return [
    {
      goal: '6 first line of the log',
      figure: first.stderr[0] ?? 'nothing',
      limit: 'state is in memory, and how to keep it',
      ok: /state is in memory.*--state \.\/state/.test(first.stderr[0] ?? ''),
    },
    {
      goal: '6 output of an earlier run',
      figure: `code ${again.code}, ${isKept ? 'kept' : 'changed'}: ${again.stderr.at(-2)}`,
      limit: 'refused and kept',
      ok: again.code === 1 && isKept,
    },
    {
      goal: '13 bad input by default',
      figure: `code ${failing.code}: ${errorLine(failing)}`,
      limit: 'code 1 with the line',
      ok: failing.code === 1 && errorLine(failing).includes('broken.jsonl:2'),
    },
    {
      goal: '13 bad input with dead letters',
      figure: lettered.stderr.at(-1) ?? 'nothing',
      limit: 'the count in the last line',
      ok: lettered.code === 0 && /1 dead letter\b/.test(lettered.stderr.at(-1) ?? ''),
    },
    {
      goal: '14 Node.js 18',
      figure: `code ${old.code}: ${old.stderr.join(' | ')}`,
      limit: 'code 1, one line with the needed version',
      ok: old.code === 1 && old.stderr.length === 1 && old.stderr[0].includes('20.19.4'),
    },
    {
      goal: '15 --explain',
      figure: `${explained.stdout.length} lines`,
      limit: 'names of operators',
      ok: explained.code === 0 && explained.stdout.some((line) => line.includes('sum: reduce')),
    },
  ]
}

function errorLine({ stderr }) {
  return stderr.find((line) => line.startsWith('error: ')) ?? 'no error'
}
