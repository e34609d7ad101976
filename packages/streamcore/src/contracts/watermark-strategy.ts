/** Watermark strategies: where event time comes from and how far it has got. */

/** How a source's watermarks are made. Plain data and one extractor. */
export interface WatermarkStrategy<in T> {
  readonly kind: 'none' | 'monotonous' | 'bounded-out-of-orderness' | 'punctuated'
  /** Event time of a record in ms; undefined when the source's own timestamps serve (or there are none). */
  readonly timestampMs?: (value: T) => number
  /** How far records may lag behind the newest one. */
  readonly maxOutOfOrdernessMs: number
  /** Punctuated only: the watermark a record carries, if any. */
  readonly watermarkMs?: (value: T) => number | undefined
  /** A split without records for this long no longer holds back the others. */
  readonly idleAfterMs?: number
}

/** No event time: watermarks only at the end of input. */
export function noWatermarks<T>(): WatermarkStrategy<T> {
  return Object.freeze({ kind: 'none', maxOutOfOrdernessMs: 0 })
}

/** Options of strategies. */
export interface WatermarkOptions {
  readonly idleAfterMs?: number
}

/** Timestamps never go back within a split. */
export function forMonotonousTimestamps<T>(
  timestampMs: (value: T) => number,
  options: WatermarkOptions = {},
): WatermarkStrategy<T> {
  return Object.freeze({ kind: 'monotonous', timestampMs, maxOutOfOrdernessMs: 0, ...options })
}

/** Timestamps lag at most `maxOutOfOrdernessMs` behind the newest of their split. */
export function forBoundedOutOfOrderness<T>(
  maxOutOfOrdernessMs: number,
  timestampMs: (value: T) => number,
  options: WatermarkOptions = {},
): WatermarkStrategy<T> {
  return Object.freeze({ kind: 'bounded-out-of-orderness', timestampMs, maxOutOfOrdernessMs, ...options })
}

/** Some records carry a watermark. */
export function forPunctuated<T>(
  timestampMs: (value: T) => number,
  watermarkMs: (value: T) => number | undefined,
  options: WatermarkOptions = {},
): WatermarkStrategy<T> {
  return Object.freeze({ kind: 'punctuated', timestampMs, watermarkMs, maxOutOfOrdernessMs: 0, ...options })
}
