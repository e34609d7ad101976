/** Texts that say what has happened: whatever stands in them, they must reach the coordinator. */
import type { LogFields } from '../../contracts/ports/logger.js'

/** The text without halves of surrogate pairs, which no codec takes. */
export function wellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text))
}

/** The same of fields. */
export function wellFormedFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      wellFormed(name),
      typeof value === 'string' ? wellFormed(value) : value,
    ]),
  )
}
