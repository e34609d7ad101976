/** Writes records as lines of text, exactly once. */
import type { TwoPhaseCommitSink } from 'streamcore'
import { type LinesSinkPlace, linesSink } from './lines-sink.js'

/** Where, and which line a record becomes. */
export interface TextLinesSinkOptions<T> extends LinesSinkPlace {
  readonly format: (value: T) => string
}

/**
 * A line per record into `<directory>/part-….txt`, one file per checkpoint: `cat out/*` shows everything in order. Output of
 * an earlier run is never overwritten.
 */
export function textLinesSink(options: LinesSinkPlace): TwoPhaseCommitSink<string, string>
export function textLinesSink<T>(options: TextLinesSinkOptions<T>): TwoPhaseCommitSink<T, string>
export function textLinesSink<T>(
  options: LinesSinkPlace & Partial<TextLinesSinkOptions<T>>,
): TwoPhaseCommitSink<T, string> {
  const { format = String } = options
  return linesSink(options, {
    kind: 'text-lines',
    ending: '.txt',
    lineOf(value: T) {
      const line = format(value)
      if (!/[\r\n]/.test(line)) return line
      throw new RangeError(`Expected the text of one line, got one with a line end: ${JSON.stringify(line)}`)
    },
  })
}
