// Goals 7, 8, 9 and 11: the first line of every kind of error, the number of lines, and what was delivered before.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, streamcoreIn } from './workbench.mjs'

const linesMax = 12
const head = `import { jsonLinesSource } from '@streamcore/connectors/files'
import { printSink } from 'streamcore/node'
import { defineJob, unchecked, valueState } from 'streamcore'
const source = jsonLinesSource({ path: 'events.jsonl', schema: unchecked<any>() })
export const job = defineJob({ name: 'job' }, (env) => {
  const events = env.fromSource(source, { uid: 'events' })
`

/** `first` must match the first line of the error; the job's own lines begin on line 7. */
const cases = [
  {
    goal: '7 keyBy gives undefined',
    body: `events.keyBy((event) => event.usr).reduce({ uid: 'sum', reduce: (a) => a })`,
    first:
      /got undefined from 'usr'; the record has 'user', 'amount'; did you mean 'user'\?.*'sum'.*FILE:7:\d+, on events\.jsonl:1\)/,
  },
  {
    goal: '7 keyBy gives null',
    body: `events.keyBy((event) => event.usr ?? null).reduce({ uid: 'sum', reduce: (a) => a })`,
    first: /got null.*the record has 'user', 'amount'/,
  },
  {
    goal: '7 keyBy gives NaN',
    body: `events.keyBy((event) => Number(event.user)).reduce({ uid: 'sum', reduce: (a) => a })`,
    first: /got NaN.*the record has 'user', 'amount'/,
  },
  {
    goal: '8 a function throws on record 7',
    body: `events.map((event) => { if (event.amount === 6) throw new Error('seven'); return event })`,
    first: /seven \(in map of operator 'map-1', at FILE:7:\d+, on events\.jsonl:7\)/,
    outputs: 6,
  },
  {
    goal: '8 a process function throws',
    body: `events.keyBy((event) => event.user).process({ uid: 'count', state: {}, *processElement(event) { event.a.b } })`,
    first:
      /reading 'b'\) \(in processElement of operator 'count', at FILE:7:\d+, on events\.jsonl:1, for key "user0"\)/,
  },
  {
    goal: '8 the plan is wrong',
    body: `events.maap((event) => event)`,
    first: /events\.maap is not a function \(at FILE:7:\d+\)/,
  },
  {
    goal: '11 state that can not be serialised',
    body: `events.keyBy((event) => event.user).process({ uid: 'keep', state: { last: valueState<any>('last') },
      *processElement(event, { state }) { state.last.update({ event, log: [() => 1] }); yield event } })`,
    first: /state "last" of operator "keep".*a function at `value\.log\[0\]` for key "user0"/,
    outputs: 0,
  },
]

/** Each in a process of its own, as a user would meet it. */
export async function checkErrors(workbench) {
  const findings = []
  for (const [index, { goal, body, first, outputs }] of cases.entries()) {
    const file = `error-${index}.ts`
    writeFileSync(join(workbench.home, file), `${head}  ${body}.sinkTo(printSink(), { uid: 'out' })\n})\n`)
    const ran = await run(workbench.home, streamcoreIn(workbench.home), ['run', file])
    const line = ran.stderr.find((each) => each.startsWith('error: ')) ?? 'no error'
    const isExpected = new RegExp(first.source.replace('FILE', file.replace('.', '\\.'))).test(line)
    const hasOutputs = outputs === undefined || ran.stdout.length === outputs
    findings.push({
      goal,
      figure: `code ${ran.code}, ${ran.stderr.length} lines, ${ran.stdout.length} records before: ${line.slice(0, 160)}`,
      limit: `code 1, ${linesMax} lines${outputs === undefined ? '' : `, ${outputs} records before`}, first line says what and where`,
      ok: ran.code === 1 && isExpected && hasOutputs && ran.stderr.length <= linesMax,
    })
  }
  const ninth = findings.find(({ goal }) => goal.startsWith('8 a function'))
  findings.push({ ...ninth, goal: '9 records before the failing one' })
  return findings
}
