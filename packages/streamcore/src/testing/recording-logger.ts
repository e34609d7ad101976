/** A logger that keeps its last lines for tests and for the report of a failed run. */
import type { LogFields, Logger } from '../contracts/ports/logger.js'

const linesMaxDefault = 1_000

/** One recorded line. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** Keeps at least the last `linesMax` lines, and at most twice as many. */
export class RecordingLogger implements Logger {
  readonly #linesMax: number
  #lines: LogLine[] = []

  constructor(linesMax: number = linesMaxDefault) {
    this.#linesMax = linesMax
  }

  /** The oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'debug', message, fields })
  }

  info(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'info', message, fields })
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'warn', message, fields })
  }

  error(message: string, fields: LogFields = {}): void {
    this.#add({ level: 'error', message, fields })
  }

  #add(line: LogLine): void {
    this.#lines.push(line)
    if (this.#lines.length >= 2 * this.#linesMax) this.#lines = this.#lines.slice(-this.#linesMax)
  }
}
