/** Log lines as plain text: one line per message whatever the fields hold. */
import type { Clock } from '../contracts/ports/clock.js'
import type { LogFields, Logger } from '../contracts/ports/logger.js'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** How much is written: everything from this level on. */
export type LogLevel = (typeof levels)[number]

/** Options of {@link TextLogger}. */
export interface TextLoggerOptions {
  readonly clock: Clock
  /** The least level that is written; `info` unless told. */
  readonly level?: LogLevel
  /** Takes one line with its line end; standard error unless told. */
  readonly write?: (line: string) => void
}

/** Writes `2026-11-21T00:30:03.000Z INFO checkpoint completed checkpointId=7 sizeBytes=4096`. */
export class TextLogger implements Logger {
  readonly #clock: Clock
  readonly #least: number
  readonly #write: (line: string) => void

  constructor(options: TextLoggerOptions) {
    this.#clock = options.clock
    this.#least = levels.indexOf(options.level ?? 'info')
    this.#write = options.write ?? ((line) => void process.stderr.write(line))
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields)
  }

  #log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (levels.indexOf(level) < this.#least) return
    const words = [new Date(this.#clock.wallMs()).toISOString(), level.toUpperCase(), oneLine(message)]
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) words.push(`${oneLine(name)}=${fieldText(value)}`)
    }
    this.#write(`${words.join(' ')}\n`)
  }
}

function fieldText(value: string | number | boolean): string {
  const text = oneLine(String(value))
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

/** Control characters could forge further lines or drive the terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
