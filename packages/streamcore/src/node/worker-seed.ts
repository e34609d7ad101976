/** What a worker thread is started with. */
import { MessagePort } from 'node:worker_threads'
import { StreamcoreError } from '../contracts/errors.js'
import type { StateBackendSeed } from './worker-state-backend.js'

/** Enough to load the job and to listen; everything else comes from the coordinator. */
export interface WorkerSeed {
  readonly jobUrl: string
  readonly params: unknown
  readonly stateBackend: StateBackendSeed
  /** Ports to the other workers. */
  readonly peers: readonly (readonly [index: number, port: MessagePort])[]
}

/** The seed that came into this thread. */
export function workerSeed(data: unknown): WorkerSeed {
  if (isWorkerSeed(data)) return data
  throw new StreamcoreError('STREAMCORE_ASSERTION', 'Expected a worker to be started by workerThreads()')
}

function isWorkerSeed(data: unknown): data is WorkerSeed {
  if (typeof data !== 'object' || data === null) return false
  if (!('jobUrl' in data && 'params' in data && 'stateBackend' in data && 'peers' in data)) return false
  return typeof data.jobUrl === 'string' && Array.isArray(data.peers) && data.peers.every(isPeer)
}

function isPeer(peer: unknown): boolean {
  return Array.isArray(peer) && typeof peer[0] === 'number' && peer[1] instanceof MessagePort
}
