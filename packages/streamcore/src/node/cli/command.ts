/** What every command of the program `streamcore` is, and how its options are read. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { messageOf, TerminalError } from '../../contracts/errors.js'
import { parseDuration } from './parse-duration.js'

/** A command: `streamcore <name> …`. */
export interface Command {
  readonly name: string
  /** One line in the list of commands. */
  readonly summary: string
  /** What `streamcore <name> --help` prints. */
  readonly help: string
  /** Gets what follows the name and resolves to the exit code; undefined when another copy of the program took over. */
  run(args: readonly string[]): Promise<number | undefined>
}

/** Options that every command has. */
export const commonOptions = { trace: { type: 'boolean', default: false } } as const

/** Reads options; `command` is named in messages. */
export function parseOptions<const T extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true; args: string[] }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const [reason] = messageOf(error).split('. ')
    throw new TerminalError(
      'STREAMCORE_CONFIG',
      `${reason}; \`streamcore ${command} --help\` lists all options`,
      {
        cause: error,
      },
    )
  }
}

/** The error of an option or argument that makes no sense. */
export function refusal(command: string, expected: string, came: string): TerminalError {
  return new TerminalError(
    'STREAMCORE_CONFIG',
    `Expected ${expected}, got ${came}; see \`${['streamcore', command, '--help'].filter(Boolean).join(' ')}\``,
  )
}

/** A number of subtasks. */
export function parallelismOf(command: string, name: string, text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1) return count
  throw refusal(command, `${name} to be an integer of at least 1`, text)
}

/** Parameters of a job. */
export function paramsOf(command: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal(command, `--params to be JSON such as '{"day":"2026-11-21"}'`, text)
  }
}

/** A duration with its unit, in milliseconds. */
export function durationOf(command: string, name: string, text: string): number {
  const durationMs = parseDuration(text)
  if (durationMs !== undefined) return durationMs
  throw refusal(command, `${name} to be a number with a unit, such as 500ms, 10s or 5m`, text)
}
