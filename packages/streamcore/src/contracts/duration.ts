/** Durations of the public API, all in milliseconds. */

/** `count` milliseconds. */
export const milliseconds = (count: number): number => count
/** `count` seconds in milliseconds. */
export const seconds = (count: number): number => count * 1_000
/** `count` minutes in milliseconds. */
export const minutes = (count: number): number => count * 60_000
/** `count` hours in milliseconds. */
export const hours = (count: number): number => count * 3_600_000
/** `count` days in milliseconds. */
export const days = (count: number): number => count * 86_400_000

/** What durations are counted in where they are written as text. */
type DurationUnit =
  | 'ms'
  | 's'
  | 'm'
  | 'h'
  | 'd'
  | 'milliseconds'
  | 'second'
  | 'seconds'
  | 'minute'
  | 'minutes'
  | 'hour'
  | 'hours'
  | 'day'
  | 'days'

/** A duration as text: `'7 days'`, `'1 hour'`, `'500ms'`, `'1.5 h'`. */
export type DurationText = `${number} ${DurationUnit}` | `${number}${DurationUnit}`

const units: ReadonlyMap<string, (count: number) => number> = new Map([
  ['ms', milliseconds],
  ['millisecond', milliseconds],
  ['s', seconds],
  ['second', seconds],
  ['m', minutes],
  ['minute', minutes],
  ['h', hours],
  ['hour', hours],
  ['d', days],
  ['day', days],
])

/** The milliseconds of a number of them, or of a text; undefined when it is no duration of at least one. */
export function durationMs(duration: unknown): number | undefined {
  const ms = typeof duration === 'string' ? ofText(duration) : duration
  return typeof ms === 'number' && ms >= 1 && ms < Number.POSITIVE_INFINITY ? ms : undefined
}

/** A duration in its largest unit that divides it: `7 days`, `36 hours`, `1 second`. */
export function durationText(ms: number): string {
  for (const [unit, unitMs] of [
    ['day', days(1)],
    ['hour', hours(1)],
    ['minute', minutes(1)],
    ['second', seconds(1)],
  ] as const) {
    if (ms % unitMs === 0) return ms === unitMs ? `1 ${unit}` : `${ms / unitMs} ${unit}s`
  }
  return `${ms} ms`
}

function ofText(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/.exec(text) ?? []
  return (units.get(unit) ?? units.get(unit.replace(/(?<=[a-z]{3})s$/, '')))?.(Number(count))
}
