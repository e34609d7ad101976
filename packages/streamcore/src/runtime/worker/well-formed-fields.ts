/** Log fields that say what has happened: whatever stands in them, they must reach the coordinator. */
import type { LogFields } from '../../contracts/ports/logger.js'

/** The fields without halves of surrogate pairs, which no codec takes. */
export function wellFormedFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.toWellFormed(),
      typeof value === 'string' ? value.toWellFormed() : value,
    ]),
  )
}
