/** Smallest, middle and largest of a few measurements: what can be said without assuming how they are spread. */

/** The spread of measurements. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** The spread of at least one number. */
export function spreadOf(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) }
}

/** A spread to so many decimals. */
export function roundedSpread({ min, median: middle, max }: Spread, decimals: number): Spread {
  const round = (value: number): number => Number(value.toFixed(decimals))
  return { min: round(min), median: round(middle), max: round(max) }
}

/** The middle one of at least one number; between the two middle ones of an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined)
    throw new Error('Expected a median to be of at least one number, got none')
  return (lower + upper) / 2
}
