/** Asks the running job of a state folder. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { errorCodes, StreamcoreError, TerminalError } from '../../contracts/errors.js'
import type { JsonValue } from '../../contracts/source.js'
import { controlPathOf } from './control-place.js'
import { type ControlRequest, parseAnswer } from './control-request.js'

/**
 * The job's answer; undefined when no job of this folder runs. An answer may take as long as what was asked for.
 * @throws StreamcoreError what the job has refused with; `STREAMCORE_IO` when it ended before it answered
 */
export async function askJob(stateFolder: string, request: ControlRequest): Promise<JsonValue | undefined> {
  const path = await controlPathOf(stateFolder)
  const line = await exchange(path, JSON.stringify(request))
  if (line === undefined) return undefined
  const answer = parseAnswer(line)
  if (answer?.ok === true) return answer.result
  const code = errorCodes.find((each) => each === answer?.code) ?? 'STREAMCORE_ASSERTION'
  throw new TerminalError(code, answer?.message ?? `Expected an answer on ${path}, got ${line.slice(0, 200)}`)
}

/** Fails where {@link askJob} gives undefined. */
export async function askRunningJob(stateFolder: string, request: ControlRequest): Promise<JsonValue> {
  const answer = await askJob(stateFolder, request)
  if (answer !== undefined) return answer
  throw new TerminalError(
    'STREAMCORE_CONFIG',
    `Expected a running job with the state folder ${stateFolder}, but none listens on ${await controlPathOf(stateFolder)}; give <state>/<job id> of a job that runs`,
    { details: { path: stateFolder } },
  )
}

/** Sends a line and takes one; undefined when nobody listens. */
async function exchange(path: string, request: string): Promise<string | undefined> {
  return await new Promise((resolve, reject) => {
    const socket = connect(path)
    let isConnected = false
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })
    lines.once('line', (line) => {
      resolve(line)
      socket.end()
    })
    lines.on('error', () => {})
    socket.on('connect', () => {
      isConnected = true
      socket.write(`${request}\n`)
    })
    socket.on('error', (cause) => {
      if (isConnected || !isNobody(cause)) reject(unanswered(path, cause))
      else resolve(undefined)
    })
    socket.on('close', () => reject(unanswered(path, undefined)))
  })
}

function isNobody(error: Error): boolean {
  return 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
}

function unanswered(path: string, cause: unknown): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_IO',
    `Expected the job to answer on ${path}, but it ended, or the socket may not be opened by this user`,
    { cause, details: { path } },
  )
}
