/** A failure as a few lines for people: what and where first, the user's own line, what to do, and how to learn more. */
import { inspect } from 'node:util'
import { type ErrorCode, messageOf, StreamcoreError } from '../../contracts/errors.js'
import { firstUserFrame } from '../../graph/user-frame.js'
import { adviceFor } from './failure-advice.js'
import { sourceExcerpt } from './source-excerpt.js'

/** How a failure is told. */
export interface ReportOptions {
  /** Paths below this folder are shortened. */
  readonly cwd: string
  /** Adds stack traces. */
  readonly trace: boolean
  /** The text of a source file; undefined when it can not be read. */
  readonly readSource: (path: string) => string | undefined
}

const maxLineLength = 1_000

/** The lines; at most 9 of them without `trace`. */
export function failureReport(error: unknown, options: ReportOptions): readonly string[] {
  const shorten = (text: string): string => text.replaceAll('file://', '').replaceAll(`${options.cwd}/`, '')
  const userLine = userLineOf(error)
  const message = oneLine(shorten(messageOf(error)))
  const place =
    userLine === undefined || message.includes(shorten(userLine)) ? '' : ` (at ${shorten(userLine)})`
  const code = codeOf(error)
  const advice = adviceFor(error)
  return [
    `error: ${message}${place}`,
    ...(userLine === undefined ? [] : sourceExcerpt(userLine, options.readSource)),
    ...(advice === undefined ? [] : [`  ${advice}`]),
    `  ${[...(code === undefined ? [] : [code]), ...(options.trace ? [] : ['--trace shows the stack'])].join('; ')}`,
    ...(options.trace ? inspect(error).split('\n') : []),
  ].filter((line) => line.trim() !== '')
}

/** The line of the user's to look at: what the engine found out, else the innermost frame of the stack that is not ours. */
function userLineOf(error: unknown): string | undefined {
  if (error instanceof StreamcoreError) {
    return error.details.userLine ?? (loadCodes.includes(error.code) ? userLineOf(error.cause) : undefined)
  }
  if (!(error instanceof Error) || error.stack === undefined) return undefined
  const frames = error.stack.split('\n').filter((line) => !/\/node_modules\/|\bnode:/.test(line))
  return firstUserFrame(frames.join('\n'))
}

/** Failures that happen while the user's module is loaded or its plan is built: the cause's stack names the line. */
const loadCodes: readonly ErrorCode[] = ['STREAMCORE_JOB_LOAD', 'STREAMCORE_CONFIG']

function codeOf(error: unknown): string | undefined {
  return error instanceof StreamcoreError ? error.code : undefined
}

/** Messages of others come in several lines and any length. */
function oneLine(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ').trim()
  return line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line
}
