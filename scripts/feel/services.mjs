// Goal 12: a wrong address ends in one message, and a job that waits for an answer ends at once when asked to.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { rootFolder } from '../lib/workspaces.mjs'
import { run, streamcoreIn } from './workbench.mjs'

const jobTo = (port) => `import { postgres, relationalSink } from '@streamcore/connectors/postgres'
import { defineJob } from 'streamcore'
export const connections = { ledger: postgres('postgres://user:secret@127.0.0.1:${port}/ledger') }
const sink = relationalSink<number>({
  connection: 'ledger',
  tables: [],
  toChange: () => { throw new Error('no record is written') },
})
export const job = defineJob({ name: 'job' }, (env) => {
  env.fromCollection([1]).sinkTo(sink, { uid: 'ledger' })
})
`

/** A port where nobody listens, and one where somebody never answers. */
export async function checkServices(workbench) {
  const { devDependencies } = JSON.parse(
    readFileSync(join(rootFolder, 'packages/connectors/package.json'), 'utf8'),
  )
  if (workbench.isOnline) workbench.install(workbench.home, `pg@${devDependencies.pg}`)
  const silent = createServer()
  const sockets = new Set()
  const connected = new Promise((resolve) =>
    silent.on('connection', (socket) => {
      sockets.add(socket)
      resolve()
    }),
  )
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address()
  try {
    return [
      await ended(workbench, port, connected),
      await refused(workbench, 1, 'nobody listens'),
      await refused(workbench, port, 'nobody answers'),
    ]
  } finally {
    for (const socket of sockets) socket.destroy()
    silent.close()
  }
}

async function refused({ home }, port, what) {
  writeFileSync(join(home, 'service.ts'), jobTo(port))
  const ran = await run(home, streamcoreIn(home), ['run', 'service.ts', '--state', `state-${port}`])
  const line = ran.stderr.find((each) => each.startsWith('error: ')) ?? 'no error'
  const isComplete =
    line.includes(`127.0.0.1:${port}`) && line.includes('check that') && !line.includes('secret')
  return {
    goal: `12 wrong address, ${what}`,
    figure: `${ran.seconds.toFixed(1)} s, code ${ran.code}, ${ran.stderr.length} lines: ${line.slice(0, 200)}`,
    limit: '10 s, code 1, 5 lines: address, reason, what to check',
    ok: ran.seconds <= 10 && ran.code === 1 && ran.stderr.length <= 5 && isComplete,
  }
}

async function ended({ home }, port, connected) {
  writeFileSync(join(home, 'service.ts'), jobTo(port))
  let endedMs = 0
  const ran = await run(home, streamcoreIn(home), ['run', 'service.ts', '--state', 'state-silent'], {
    onStart: (child) =>
      void connected.then(() => {
        const startedMs = performance.now()
        child.once('exit', () => (endedMs = performance.now() - startedMs))
        child.kill('SIGTERM')
      }),
  })
  return {
    goal: '12 SIGTERM while connecting',
    figure: `ends after ${(endedMs / 1_000).toFixed(2)} s, code ${ran.code}`,
    limit: '1 s, code 143',
    ok: endedMs > 0 && endedMs <= 1_000 && ran.code === 143,
  }
}
