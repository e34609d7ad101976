/** The last line of a run, and its exit code. */
import type { MetricSeries } from '../../contracts/ports/in-memory-metrics.js'
import type { JobResult } from '../../runtime/job-runner.js'
import { type EndingSignal, signalExitCode } from './ending-signals.js'

/** A run that did not fail. */
export interface EndedRun {
  readonly result: JobResult
  readonly series: readonly MetricSeries[]
  readonly isDurable: boolean
  /** The signal that stopped it. */
  readonly signal: EndingSignal | undefined
  readonly durationMs: number
}

/** `job finished: 100,000 records read, 3 dead letters, 2 checkpoints, 0.4 s`. */
export function summaryOf({ result, series, durationMs }: EndedRun): string {
  const total = (name: string): number =>
    series.reduce((sum, each) => (each.name === name ? sum + each.value : sum), 0)
  const deadLetters = total('dead_letters_total')
  const parts = [
    counted(total('records_in_total'), 'record', 'read'),
    ...(deadLetters === 0 ? [] : [counted(deadLetters, 'dead letter')]),
    counted(result.completedCheckpoints, 'checkpoint'),
    ...(result.restarts === 0 ? [] : [counted(result.restarts, 'restart')]),
    `${(durationMs / 1_000).toFixed(1)} s`,
  ]
  return `job ${result.status}: ${parts.join(', ')}`
}

/** Input may be left that this run has not read. */
export function endedInTheMiddle({ result }: EndedRun): boolean {
  return result.status !== 'finished'
}

/** 0 when everything was processed or waits in the checkpoint; a stop that forgets is told as the signal that caused it. */
export function exitCodeOf(run: EndedRun): number {
  if (!endedInTheMiddle(run) || (run.isDurable && run.result.status === 'stopped')) return 0
  return run.signal === undefined ? 1 : signalExitCode(run.signal)
}

function counted(count: number, noun: string, what = ''): string {
  return [`${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`, what].join(' ').trimEnd()
}
