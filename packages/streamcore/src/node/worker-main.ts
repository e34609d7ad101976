/** A worker thread: loads the job's module, builds its share of the plan, and runs it. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../contracts/assert.js'
import { translate } from '../graph/translate.js'
import { TaskWorker } from '../runtime/worker/task-worker.js'
import { loadJob } from './load-job.js'
import { nodePorts } from './node-ports.js'
import { portLink } from './port-link.js'
import { workerSeed } from './worker-seed.js'
import { stateBackendOfSeed } from './worker-state-backend.js'

const { jobUrl, params, peers, stateBackend } = workerSeed(workerData)
assert(parentPort !== null, 'this file runs as a worker thread')

new TaskWorker({
  control: portLink(parentPort),
  peers: new Map(peers.map(([index, port]) => [index, portLink(port)])),
  ports: nodePorts(),
  load: async (parallelism) => {
    const job = await loadJob(new URL(jobUrl))
    return {
      jobGraph: translate(job.plan(params), { parallelism }),
      connections: job.connections,
      stateBackend: await stateBackendOfSeed(stateBackend),
    }
  },
  // What a thread prints goes through the main thread, which calls back once it has taken it.
  printed: async () => {
    await new Promise<void>((resolve) => {
      process.stdout.write('', () => resolve())
    })
  },
})
