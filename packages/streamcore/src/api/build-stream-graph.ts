/** Runs a job's build function once and gives the plan it recorded. */
import { messageOf, StreamcoreError } from '../contracts/errors.js'
import { plainJson } from '../graph/plain-json.js'
import type { StreamGraph } from '../graph/stream-graph.js'
import { StreamGraphBuilder } from '../graph/stream-graph-builder.js'
import type { Job } from './define-job.js'
import { StreamExecutionEnvironment } from './stream-execution-environment.js'

const maxParamsText = 200

/**
 * The plan of a job for these params (plain JSON; `{}` by default).
 * @throws StreamcoreError `STREAMCORE_CONFIG` for params the schema refuses, `STREAMCORE_GRAPH` for a plan that can not run
 */
export function buildStreamGraph<P>(job: Job<P>, params: unknown = {}): StreamGraph {
  const plainParams = plainJson(params, `params of job '${job.name}'`)
  const builder = new StreamGraphBuilder()
  const returned: unknown = job.build(new StreamExecutionEnvironment(builder), parseParams(job, params))
  if (returned instanceof Promise) {
    // The error below says it all; what the abandoned function still throws would end the process as unhandled.
    returned.catch(() => undefined)
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected the function of job '${job.name}' to record its plan synchronously, got an async function; ` +
        'remove async, and give what it waits for as params',
    )
  }
  return builder.finish(job.name, plainParams)
}

function parseParams<P>(job: Job<P>, params: unknown): P {
  try {
    return job.params.parse(params)
  } catch (error) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected params that the schema of job '${job.name}' accepts, got ${JSON.stringify(params).slice(0, maxParamsText)}: ${messageOf(error)}`,
      { cause: error, details: { config: 'params' } },
    )
  }
}
