/** A logger for benches: what goes well is not worth a line among the figures. */
import type { Logger } from 'streamcore'

/** Warnings and errors only. */
export const quietLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message) => console.error(message),
  error: (message) => console.error(message),
}
