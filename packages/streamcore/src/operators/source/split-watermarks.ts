/** Watermarks of one source subtask: per split by the strategy, together the smallest of the splits that are not idle. */
import type { WatermarkStrategy } from '../../contracts/watermark-strategy.js'

/** Event-time progress of one split. */
export interface SplitProgress {
  /** The largest event time seen, or the watermark a record carried (punctuated). */
  maxTimestampMs: number
  /** Monotonic time of the last record. */
  lastRecordMs: number
  isIdle: boolean
}

/** Progress of a split that starts, or goes on after a restore. */
export function startSplitProgress(maxTimestampMs: number | undefined, nowMs: number): SplitProgress {
  return { maxTimestampMs: maxTimestampMs ?? Number.NEGATIVE_INFINITY, lastRecordMs: nowMs, isIdle: false }
}

/** The watermark of one split. */
export function splitWatermarkMs(progress: SplitProgress, strategy: WatermarkStrategy<never>): number {
  if (strategy.kind === 'punctuated') return progress.maxTimestampMs
  // A watermark W says that nothing ≤ W follows, so it stays one below the bound (as Flink's).
  return progress.maxTimestampMs - strategy.maxOutOfOrdernessMs - 1
}

/** The combined watermark; undefined when every split is idle or there is none. */
export function combinedWatermarkMs(
  splits: Iterable<SplitProgress>,
  strategy: WatermarkStrategy<never>,
): number | undefined {
  let smallest: number | undefined
  for (const progress of splits) {
    if (progress.isIdle) continue
    const watermarkMs = splitWatermarkMs(progress, strategy)
    if (smallest === undefined || watermarkMs < smallest) smallest = watermarkMs
  }
  return smallest
}
