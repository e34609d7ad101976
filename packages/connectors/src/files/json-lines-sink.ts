/** Writes one JSON value per line, exactly once. */
import { type DeadLetter, StreamcoreError, type TwoPhaseCommitSink } from 'streamcore'
import { type LinesSinkPlace, linesSink } from './lines-sink.js'

/** Where JSON lines go. */
export interface JsonLinesSinkOptions<T> extends LinesSinkPlace {
  /** What is written of a record; the record itself by default. */
  readonly toJson?: (value: T) => unknown
}

/** Files `part-<checkpoint>.jsonl` in a directory, one per checkpoint that has records. */
export function jsonLinesSink<T>(options: JsonLinesSinkOptions<T>): TwoPhaseCommitSink<T, string> {
  const { toJson } = options
  const lineOf = (value: T) => jsonOf(toJson ? toJson(value) : value)
  return linesSink(options, { kind: 'json-lines', ending: '.jsonl', lineOf })
}

/** The dead letters of a job as JSON lines: uid, reason, place, key and value of each. */
export function deadLetterSink(options: LinesSinkPlace): TwoPhaseCommitSink<DeadLetter, string> {
  return jsonLinesSink<DeadLetter>(options)
}

function jsonOf(value: unknown): string {
  const json: string | undefined = JSON.stringify(value)
  if (json !== undefined) return json
  throw new StreamcoreError(
    'STREAMCORE_RECORD',
    `Expected a record that JSON can hold, got ${typeof value}; give \`toJson\``,
  )
}
