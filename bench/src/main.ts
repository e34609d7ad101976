// `npm run bench -- <workload…>`: measures streamcore beside its peers and checks that all of them did the same work.
import { benchCommand, type BenchArguments } from './arguments.js'
import { runBenches } from './bench-run.js'
import { buildJavaModule, javaPeersFolder } from './java/java-build.js'
import { askForVersion } from './java/java-tools.js'
import { availablePeers } from './measure/available-peers.js'
import { ResultWriter } from './report/result-writer.js'
import { describeRun } from './report/run-description.js'

/** Progress and remarks: beside the figures, so that those can be piped on. */
const say = (line: string): void => console.error(line)

try {
  await benchCommand(run).parseAsync()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

async function run(given: BenchArguments): Promise<void> {
  const { peers, skipped } = await availablePeers(given.peers, (module) =>
    buildJavaModule(module, { folder: javaPeersFolder, probe: askForVersion, say }),
  )
  for (const { peer, reason } of skipped) say(`skipped ${peer}: ${reason}`)
  if (peers.length === 0) {
    process.exitCode = 1
    return
  }
  const { rounds, javaHeap: javaHeapMb } = given
  // Before the file of results is there: it is no change that the figures could depend on.
  const description = describeRun({ rounds, javaHeapMb })
  const writer = new ResultWriter({ json: given.json, out: given.out, print: (text) => console.log(text) })
  writer.write([{ kind: 'run', ...description }], '')
  for (const each of skipped) writer.write([{ kind: 'skipped', ...each }], '')
  const problems = await runBenches({ given, peers, writer, say })
  for (const text of problems) writer.write([{ kind: 'problem', text }], '')
  if (problems.length > 0) process.exitCode = 1
}
