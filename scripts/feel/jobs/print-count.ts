// The running count, printed, as the script beside it does.
import { jsonLinesSource } from '@streamcore/connectors/files'
import { defineJob, unchecked } from 'streamcore'
import { printSink } from 'streamcore/node'

const input = jsonLinesSource({ path: 'events.jsonl', schema: unchecked<{ user: string }>() })
export const job = defineJob({ name: 'print-count' }, (env) => {
  const ones = env.fromSource(input, { uid: 'input' }).map(({ user }) => ({ user, n: 1 }))
  const counts = ones.keyBy((e) => e.user).reduce({ uid: 'sum', reduce: (a) => ({ ...a, n: a.n + 1 }) })
  counts.map((e) => `${e.user} ${e.n}`).sinkTo(printSink<string>(), { uid: 'out' })
})
