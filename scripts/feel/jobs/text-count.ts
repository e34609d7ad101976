// The running count into files, exactly once.
import { jsonLinesSource, textLinesSink } from '@streamcore/connectors/files'
import { defineJob, unchecked } from 'streamcore'

const input = jsonLinesSource({ path: 'events.jsonl', schema: unchecked<{ user: string }>() })
export const job = defineJob({ name: 'running-count' }, (env) => {
  const ones = env.fromSource(input, { uid: 'input' }).map(({ user }) => ({ user, n: 1 }))
  const counts = ones.keyBy((e) => e.user).reduce({ uid: 'sum', reduce: (a) => ({ ...a, n: a.n + 1 }) })
  counts.map((e) => `${e.user} ${e.n}`).sinkTo(textLinesSink({ directory: 'counts' }), { uid: 'out' })
})
