/** The figures of a checkpoint bench for people. */
import type { Spread } from '../measure/statistics.js'
import type { CheckpointFigures } from './checkpoint-bench.js'

/** One block of lines per kind. */
export function checkpointTable(all: readonly CheckpointFigures[]): string {
  return all.map(block).join('\n\n')
}

function block(figures: CheckpointFigures): string {
  const { bench, kind, state, keys, checkpoints, sizeBytes, pauses, idleRps, busyRps, peakRssMb } = figures
  const lost = Math.max(0, 1 - busyRps.median / idleRps.median)
  return [
    `${bench}: ${kind}, state ${state}, ${keys.toLocaleString('en-US')} keys, ${checkpoints} checkpoints of ${Math.ceil(sizeBytes / 1_000).toLocaleString('en-US')} kB`,
    `  work of the tasks  ${text(figures.workMs)} ms`,
    `  until stored       ${text(figures.snapshotMs)} ms`,
    `  until committed    ${text(figures.durationMs)} ms`,
    `  longest pause      ${text(figures.longestPauseMs)} ms`,
    `  pauses             ${Object.entries(pauses)
      .map(([bound, count]) => `${bound} ms: ${count}`)
      .join(', ')}`,
    `  throughput lost    ${(lost * 100).toFixed(0)} % with one checkpoint per second`,
    `  restore            ${text(figures.restoreMs)} ms`,
    `  peak memory        ${peakRssMb} MB`,
  ].join('\n')
}

/** min / median / max */
function text({ min, median, max }: Spread): string {
  return [min, median, max].map((value) => value.toFixed(1)).join(' / ')
}
