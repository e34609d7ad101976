/** The one family of errors: match on `code`, never on text; `details` say where, the message says what to do. */

/** Every code an error of streamcore can carry. */
export const errorCodes = [
  'STREAMCORE_ASSERTION',
  'STREAMCORE_CANCELLED',
  'STREAMCORE_CHECKPOINT_CORRUPT',
  'STREAMCORE_CHECKPOINT_FAILED',
  'STREAMCORE_CHECKPOINT_MISSING',
  'STREAMCORE_CONFIG',
  'STREAMCORE_CONNECTION',
  'STREAMCORE_FENCED',
  'STREAMCORE_GRAPH',
  'STREAMCORE_INPUT',
  'STREAMCORE_INVALID_KEY',
  'STREAMCORE_IO',
  'STREAMCORE_JOB_LOAD',
  'STREAMCORE_LEASE_HELD',
  'STREAMCORE_RECORD',
  'STREAMCORE_RESTORE',
  'STREAMCORE_SERIALIZATION',
  'STREAMCORE_SIMULATION',
  'STREAMCORE_STATE_MISMATCH',
  'STREAMCORE_UNSUPPORTED_NODE',
  'STREAMCORE_USER_FUNCTION',
  'STREAMCORE_WORKER_CRASHED',
] as const

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

/** Where an error happened, in fields that programs can read. */
export interface ErrorDetails {
  readonly uid?: string
  readonly operator?: string
  readonly subtaskIndex?: number
  readonly checkpointId?: number
  /** The epoch that has fenced the one that failed. */
  readonly epoch?: number
  readonly key?: string
  /** Source position in words: `accounts.csv:17`, `topic account, partition 2, offset 15`. */
  readonly place?: string
  /** The user's source line: `job.ts:4:12`. */
  readonly userLine?: string
  readonly path?: string
  readonly config?: string
}

/** Options of {@link StreamcoreError}. */
export interface StreamcoreErrorOptions {
  readonly cause?: unknown
  readonly details?: ErrorDetails
}

/** Base class of all errors thrown by streamcore. The message says what was expected, what came, where, and the next step. */
export class StreamcoreError extends Error {
  override readonly name: string = 'StreamcoreError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: StreamcoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}

/** An error after which the same call may succeed: the restart strategy tries again. */
export class RetryableError extends StreamcoreError {
  override readonly name: string = 'RetryableError'
}

/** An error that no retry can cure: the job ends. */
export class TerminalError extends StreamcoreError {
  override readonly name: string = 'TerminalError'
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The messages of all that failed together; of anything else its own. */
export function messagesOf(error: unknown): readonly string[] {
  if (!(error instanceof AggregateError)) return [messageOf(error)]
  return error.errors.flatMap((each: unknown) => messagesOf(each))
}
