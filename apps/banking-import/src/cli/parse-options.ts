/** Parsers of option values, with messages that say what was expected. */
import { InvalidArgumentError } from 'commander'
import { parseDuration } from 'streamcore/node'

/** A whole number of at least `least`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`Expected a whole number ${range}.`)
  }
}

/** A number above zero. */
export function positiveNumber(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number) && number > 0) return number
  throw new InvalidArgumentError('Expected a number above 0.')
}

/** A duration such as `500ms` or `10s`, in milliseconds. */
export function duration(text: string): number {
  const durationMs = parseDuration(text)
  if (durationMs !== undefined) return durationMs
  throw new InvalidArgumentError('Expected a number with a unit, such as 500ms, 10s or 5m.')
}

/** The seed of a random order. */
export const seed: (text: string) => number = wholeNumber(0, 0xffff_ffff)
