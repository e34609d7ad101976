/** Loads a job module, built or TypeScript, and finds the job it exports. */
import { buildStreamGraph } from '../api/build-stream-graph.js'
import type { Connections } from '../contracts/connection.js'
import { StreamcoreError, messageOf } from '../contracts/errors.js'
import type { StreamGraph } from '../graph/stream-graph.js'
import { isJob } from './is-job.js'
import { isTypeScript, registerTypeStripping } from './type-stripping.js'

/** A job whose parameter type is not known here. */
export interface LoadedJob {
  readonly name: string
  /** What the module exports as `connections`, for jobs that are a single file. */
  readonly connections: Connections
  /** Parses the parameters and records the plan. */
  plan(params: unknown): StreamGraph
}

/**
 * Imports a module, TypeScript included, and takes its export `job` (or its only job).
 * @throws StreamcoreError `STREAMCORE_JOB_LOAD`
 */
export async function loadJob(url: URL): Promise<LoadedJob> {
  if (isTypeScript(url)) registerTypeStripping()
  let module: Readonly<Record<string, unknown>>
  try {
    const loaded: Readonly<Record<string, unknown>> = await import(url.href)
    module = loaded
  } catch (error) {
    throw new StreamcoreError(
      'STREAMCORE_JOB_LOAD',
      `${url.pathname} could not be loaded: ${messageOf(error)}`,
      {
        cause: error,
        details: { path: url.pathname },
      },
    )
  }
  const jobs = Object.values(module).filter(isJob)
  const job = isJob(module['job']) ? module['job'] : jobs[0]
  if (job === undefined || (jobs.length > 1 && !isJob(module['job']))) {
    const came = Object.keys(module)
    throw new StreamcoreError(
      'STREAMCORE_JOB_LOAD',
      `Expected ${url.pathname} to export \`job\` made by defineJob(), got ${came.length === 0 ? 'no exports' : came.join(', ')}; write \`export const job = defineJob(…)\``,
      { details: { path: url.pathname } },
    )
  }
  const connections = isConnections(module['connections']) ? module['connections'] : {}
  return { name: job.name, connections, plan: (params) => buildStreamGraph(job, params) }
}

function isConnections(value: unknown): value is Connections {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every(
    (each: unknown) => typeof each === 'object' && each !== null && 'kind' in each && 'address' in each,
  )
}
