/** Turns what user code threw into one message: what, where in the job, where in the user's file, which record, what to do. */
import { type ErrorCode, type ErrorDetails, messageOf, StreamcoreError } from '../contracts/errors.js'
import { canonicalText, type Key } from '../contracts/key.js'
import { explainInvalidKey } from './invalid-key.js'
import { poisonId } from './poison-records.js'

/** The call that failed. */
export interface UserCall {
  /** `map`, `processElement`, `key selector`, … */
  readonly call: string
  readonly key?: Key
  readonly value?: unknown
  /** The record may have changed state that has no key; failing on it again and again makes it poison, too. */
  readonly isStateful?: boolean
  /** Source text of the function, for advice. */
  readonly functionText?: string
}

/** The call and where it happened. */
export interface UserCallPlace extends UserCall {
  readonly operator: string
  readonly subtaskIndex: number
  readonly place?: string
  readonly declaredAt?: string
}

/** Which record a user function failed on; the restart logic counts by it. */
export class UserFunctionError extends StreamcoreError {
  override readonly name: string = 'UserFunctionError'
  /** Identity of the record; undefined for failures that no single record caused. */
  readonly poisonId: string | undefined

  constructor(
    message: string,
    options: { cause: unknown; details: ErrorDetails; poisonId: string | undefined },
  ) {
    super('STREAMCORE_USER_FUNCTION', message, options)
    this.poisonId = options.poisonId
  }
}

/** The job's failure for something user code threw. */
export function userFunctionError(thrown: unknown, at: UserCallPlace): StreamcoreError {
  const key = at.key === undefined ? undefined : canonicalText(at.key)
  const userLine = userFrame(thrown) ?? at.declaredAt
  const details: ErrorDetails = {
    operator: at.operator,
    uid: at.operator,
    subtaskIndex: at.subtaskIndex,
    ...(key === undefined ? {} : { key }),
    ...(at.place === undefined ? {} : { place: at.place }),
    ...(userLine === undefined ? {} : { userLine }),
  }
  const where = [
    `in ${at.call} of operator '${at.operator}'`,
    userLine === undefined ? '' : `at ${userLine}`,
    at.place === undefined ? '' : `on ${at.place}`,
    key === undefined ? '' : `for key ${key}`,
  ]
    .filter((part) => part !== '')
    .join(', ')
  if (thrown instanceof StreamcoreError && thrown.code === 'STREAMCORE_INVALID_KEY') {
    const text = explainInvalidKey(thrown, at)
    return new StreamcoreError('STREAMCORE_INVALID_KEY', `${text} (${where})`, { cause: thrown, details })
  }
  if (thrown instanceof StreamcoreError && enginesOwnCodes.includes(thrown.code)) {
    return new StreamcoreError(thrown.code, `${thrown.message} (${where})`, {
      cause: thrown,
      details: { ...thrown.details, ...details },
    })
  }
  const name = thrown instanceof Error && thrown.name !== 'Error' ? `${thrown.name}: ` : ''
  return new UserFunctionError(`${name}${messageOf(thrown)} (${where})`, {
    cause: thrown,
    details,
    poisonId:
      key === undefined && at.isStateful !== true ? undefined : poisonId(at.operator, key ?? '', at.value),
  })
}

/**
 * What fails in the engine in the middle of a user's function keeps its code: it is not the function that failed. State that
 * can not be read is no fault of the record either: a restart reads it from a checkpoint.
 */
const enginesOwnCodes: readonly ErrorCode[] = [
  'STREAMCORE_SERIALIZATION',
  'STREAMCORE_ASSERTION',
  'STREAMCORE_IO',
]

const ownFrames =
  /\/(?:node_modules\/(?:streamcore|@streamcore)|packages\/(?:streamcore|connectors)|streamcore\/dist|streamcore\/src)\//

/** `file:line:column` of the innermost frame that is the user's. */
export function userFrame(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return undefined
  for (const line of thrown.stack.split('\n').slice(1)) {
    if (line.includes('node:') || ownFrames.test(line)) continue
    const found = /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/.exec(line)
    if (found?.[1] !== undefined) return found[1].replace('file://', '').replace(/\?[^:]*(?=:)/, '')
  }
  return undefined
}
