/** Durations on the command line: `500ms`, `10s`, `5m`, `1h`. */
import { hours, milliseconds, minutes, seconds } from '../../contracts/duration.js'

const units: ReadonlyMap<string, (count: number) => number> = new Map([
  ['ms', milliseconds],
  ['s', seconds],
  ['m', minutes],
  ['h', hours],
])

/** In milliseconds; undefined when it is no duration above zero. */
export function parseDuration(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const durationMs = units.get(unit)?.(Number(count))
  return durationMs !== undefined && durationMs > 0 ? durationMs : undefined
}
