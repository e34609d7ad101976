/** Failures on their way from a worker to the coordinator: plain data, and the same class again on the other side. */
import {
  type ErrorCode,
  type ErrorDetails,
  messagesOf,
  RetryableError,
  StreamcoreError,
  TerminalError,
} from '../../contracts/errors.js'
import { UserFunctionError } from '../../operators/user-function-error.js'

/** What a failure is made of. */
export interface FailureMessage {
  readonly kind: 'error' | 'streamcore' | 'retryable' | 'terminal' | 'user-function'
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
  readonly stack: string | undefined
  readonly poisonId: string | undefined
  readonly cause: FailureMessage | undefined
}

/** Longer chains of causes are cut. */
const causesMax = 8

/** Takes a failure apart. */
export function failureMessage(error: unknown, depth = 0): FailureMessage {
  const isOwn = error instanceof StreamcoreError
  const cause = error instanceof Error ? error.cause : undefined
  return {
    kind: kindOf(error),
    code: isOwn ? error.code : 'STREAMCORE_ASSERTION',
    message: messagesOf(error).join('; ').toWellFormed(),
    details: isOwn ? { ...error.details } : {},
    stack: error instanceof Error ? error.stack?.toWellFormed() : undefined,
    poisonId: error instanceof UserFunctionError ? error.poisonId : undefined,
    cause: cause === undefined || depth >= causesMax ? undefined : failureMessage(cause, depth + 1),
  }
}

/** Puts it together again. */
export function failureOf(failure: FailureMessage): Error {
  const error = made(failure)
  if (failure.stack !== undefined) error.stack = failure.stack
  return error
}

function made({ kind, code, message, details, poisonId, cause }: FailureMessage): Error {
  const options = { details, ...(cause === undefined ? {} : { cause: failureOf(cause) }) }
  switch (kind) {
    case 'error':
      return new Error(message, options)
    case 'streamcore':
      return new StreamcoreError(code, message, options)
    case 'retryable':
      return new RetryableError(code, message, options)
    case 'terminal':
      return new TerminalError(code, message, options)
    case 'user-function':
      return new UserFunctionError(message, { cause: options.cause, details, poisonId })
  }
}

function kindOf(error: unknown): FailureMessage['kind'] {
  if (error instanceof UserFunctionError) return 'user-function'
  if (error instanceof RetryableError) return 'retryable'
  if (error instanceof TerminalError) return 'terminal'
  return error instanceof StreamcoreError ? 'streamcore' : 'error'
}
