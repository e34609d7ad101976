/** Does what a request asks of a running job. */
import { StreamcoreError } from '../../contracts/errors.js'
import type { JsonValue } from '../../contracts/source.js'
import type { JobHandle } from '../../runtime/job-runner.js'
import { jsonNotation } from '../../serde/json-notation.js'
import { keysOfText } from '../key-text.js'
import type { ControlRequest } from './control-request.js'

/** The job that is asked. */
export interface ControlledJob {
  readonly jobId: string
  readonly handle: JobHandle
  /** Names of the states of operators by uid. */
  readonly states: ReadonlyMap<string, readonly string[]>
}

/** The result of a request; fails as the job's handle does. */
export async function answerRequest(job: ControlledJob, request: ControlRequest): Promise<JsonValue> {
  switch (request.command) {
    case 'status':
      return { jobId: job.jobId, isRunning: job.handle.isRunning(), pid: process.pid }
    case 'savepoint': {
      const { id, madeBy, place, sizeBytes, parts } = await job.handle.savepoint(request.directory)
      return { id, madeBy, place, sizeBytes, parts }
    }
    case 'stop': {
      const { status, restarts, completedCheckpoints } = await job.handle.stop({ drain: request.drain })
      return { status, restarts, completedCheckpoints }
    }
    case 'rescale':
      await job.handle.rescale(request.parallelism)
      return { parallelism: request.parallelism }
    case 'state':
      return await stateOfKey(job, request.uid, request.key)
  }
}

/** `{ key, states: { name: value } }`; null when the operator holds nothing for the key. */
async function stateOfKey(job: ControlledJob, uid: string, text: string): Promise<JsonValue> {
  const names = job.states.get(uid)
  if (names === undefined) {
    const uids = [...job.states.keys()].join(', ')
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected the uid of an operator with state of job '${job.jobId}' (${uids}), got '${uid}'`,
      { details: { uid } },
    )
  }
  for (const key of keysOfText(text)) {
    const states: Record<string, JsonValue> = {}
    for (const name of names) {
      const value = await job.handle.queryState(uid, name, key)
      if (value !== undefined) states[name] = jsonNotation(value)
    }
    if (Object.keys(states).length > 0) return { key: jsonNotation(key), states }
  }
  return null
}
