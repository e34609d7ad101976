/** Runs workers as threads of this process, each with its own copy of the job's module. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { messageOf, RetryableError } from '../contracts/errors.js'
import type { LaunchedWorker, LaunchRequest, WorkerLauncher } from '../contracts/ports/transport.js'
import { workerLink } from './port-link.js'
import type { WorkerSeed } from './worker-seed.js'
import type { StateBackendSeed } from './worker-state-backend.js'

/** The job that every worker loads by itself. */
export interface WorkerModule {
  readonly url: URL
  /** JSON. */
  readonly params: unknown
  readonly stateBackend: StateBackendSeed
}

/** Starts threads for a job. */
export function workerThreads(module: WorkerModule): WorkerLauncher {
  return {
    launch: async (request) => {
      const peers = meshOf(request.count)
      return peers.map((ports, index) => startThread(module, { request, index, ports }))
    },
  }
}

interface ThreadRequest {
  readonly request: LaunchRequest
  readonly index: number
  /** To the other workers, by their index. */
  readonly ports: ReadonlyMap<number, MessagePort>
}

function startThread(module: WorkerModule, { request, index, ports }: ThreadRequest): LaunchedWorker {
  const { url, params, stateBackend } = module
  const seed: WorkerSeed = { jobUrl: url.href, params, stateBackend, peers: [...ports] }
  // Below dist/ as below src/, chunks included, this file is one folder deep: the worker's is found from any of them.
  const worker = new Worker(new URL('../node/worker-main.js', import.meta.url), {
    workerData: seed,
    transferList: [...ports.values()],
    name: `streamcore-worker-${index}`,
  })
  let isOver = false
  const crash = (why: string, cause?: unknown): void => {
    if (isOver) return
    isOver = true
    request.onCrash(index, workerCrash(index, why, cause))
  }
  worker.on('error', (error) => crash(messageOf(error), error))
  worker.on('messageerror', (error) => crash(messageOf(error), error))
  worker.on('exit', (code) => crash(`it exited with code ${code}`))
  return {
    link: workerLink(worker),
    terminate: async () => {
      isOver = true
      await worker.terminate()
    },
  }
}

function workerCrash(index: number, why: string, cause: unknown): RetryableError {
  return new RetryableError(
    'STREAMCORE_WORKER_CRASHED',
    `Expected worker ${index} to run until it is told to end, but it crashed: ${why}; look for process.exit(), failures outside of the job's functions, and memory`,
    cause === undefined ? {} : { cause },
  )
}

/** A channel between every two workers: for each worker its ports by the other's index. */
function meshOf(count: number): readonly ReadonlyMap<number, MessagePort>[] {
  const mesh = Array.from({ length: count }, () => new Map<number, MessagePort>())
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const { port1, port2 } = new MessageChannel()
      mesh[a]?.set(b, port1)
      mesh[b]?.set(a, port2)
    }
  }
  return mesh
}
