/** What the engine has to say to operators; a line is a message and plain fields. */
export interface Logger {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
}

/** Fields of a log line. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>
