// Goals 2 and 3: from an empty folder to a correct result, and how long the job is.
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootFolder } from '../lib/workspaces.mjs'
import { median, run } from './workbench.mjs'

const rounds = 3
const job = join(rootFolder, 'examples/src/running-count.ts')

/** Two commands, the right counts, ten lines. */
export async function checkFirstResult(workbench) {
  const lines = readFileSync(job, 'utf8').trimEnd().split('\n').length
  return [
    ...(workbench.isOnline ? [await emptyFolder(workbench)] : []),
    { goal: '3 lines of the job', figure: String(lines), limit: '10', ok: lines <= 10 },
  ]
}

/** Ours and RxJS in turn, so that noise meets both; the medians count. */
async function emptyFolder(workbench) {
  const seconds = { ours: [], rxjs: [] }
  let problem
  for (let round = 0; round < rounds; round++) {
    const ours = prepared(workbench, 'first-streamcore', job, 'job.ts')
    const installed = workbench.install(ours, 'streamcore', 'connectors')
    const ran = await run(ours, ['npx', 'streamcore'], ['run', 'job.ts'])
    seconds.ours.push(installed + ran.seconds)
    problem ??= ran.code === 0 ? wrongCounts(partLines(join(ours, 'counts'))) : ran.stderr.join(' ')

    const theirs = prepared(workbench, 'first-rxjs', join(workbench.home, 'rxjs-count.mjs'), 'job.mjs')
    const rxjsInstalled = workbench.install(theirs, 'rxjs')
    seconds.rxjs.push(rxjsInstalled + (await run(theirs, [process.execPath], ['job.mjs'])).seconds)
  }
  const [ours, rxjs] = [median(seconds.ours), median(seconds.rxjs)]
  const limit = Math.max(3, rxjs * 1.25)
  return {
    goal: '2 empty folder to correct counts',
    figure: problem ?? `2 commands, ${ours.toFixed(2)} s, RxJS ${rxjs.toFixed(2)} s`,
    limit: `3 commands, ${limit.toFixed(2)} s`,
    ok: problem === undefined && ours <= limit,
  }
}

function prepared(workbench, name, from, to) {
  const folder = workbench.folder(name)
  copyFileSync(join(workbench.home, 'events.jsonl'), join(folder, 'events.jsonl'))
  copyFileSync(from, join(folder, to))
  return folder
}

/** The lines of all parts of an output folder, in order. */
export function partLines(folder) {
  const parts = readdirSync(folder).filter((name) => name.startsWith('part-'))
  const texts = parts.toSorted().map((part) => readFileSync(join(folder, part), 'utf8'))
  return texts.join('').split('\n').slice(0, -1)
}

/** What is wrong with the counts of 100,000 events; undefined when nothing is. */
export function wrongCounts(lines) {
  const complete = lines.filter((line) => line.endsWith(' 100')).length
  if (lines.length === 100_000 && complete === 1_000) return undefined
  return `${lines.length} lines, ${complete} of them end in 100`
}
