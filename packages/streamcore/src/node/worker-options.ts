/** Checks what `workers` goes together with, before anything starts. */
import { TerminalError } from '../contracts/errors.js'
import type { WorkerOptions } from '../runtime/job-options.js'
import { heapStateBackend } from '../state/heap-keyed-state-backend.js'
import type { ExecuteOptions } from './execute.js'
import { stateBackendSeed } from './worker-state-backend.js'
import { workerThreads } from './worker-threads.js'

/**
 * The workers that `execute` is asked for; undefined for one, which is this thread.
 * @throws TerminalError `STREAMCORE_CONFIG` naming the option
 */
export function workerOptions(
  job: object,
  params: unknown,
  options: ExecuteOptions,
): WorkerOptions | undefined {
  const { workers = 1, parallelism = workers, connections = {}, stateBackend = heapStateBackend() } = options
  if (!Number.isInteger(workers) || workers < 1) throw refusal('an integer of at least 1', `\`${workers}\``)
  if (workers === 1) return undefined
  if (!(job instanceof URL)) {
    throw refusal(
      'used with the URL of a module that exports `job`, such as `execute(new URL("./job.js", import.meta.url), …)`, because each worker loads it',
      'a job object',
    )
  }
  if (parallelism < workers) {
    throw refusal(
      'at most `parallelism`, because a worker runs at least one subtask',
      `${workers} workers at parallelism ${parallelism}`,
    )
  }
  const names = Object.keys(connections)
  if (names.length > 0) {
    throw refusal(
      "used with connections that the job's module exports (`export const connections = { … }`), because each worker opens its own",
      `\`connections\` for ${names.join(', ')} in the options`,
    )
  }
  const seed = stateBackendSeed(stateBackend)
  if (seed === undefined) {
    throw refusal(
      'used with heapStateBackend() or levelStateBackend()',
      `a backend of your own, '${stateBackend.kind}'`,
    )
  }
  return { count: workers, launcher: workerThreads({ url: job, params, stateBackend: seed }) }
}

function refusal(expected: string, came: string): TerminalError {
  return new TerminalError('STREAMCORE_CONFIG', `Expected \`workers\` to be ${expected}, got ${came}`, {
    details: { config: 'workers' },
  })
}
