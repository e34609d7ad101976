/** Connectors for tests of plans: they stand in the plan and are never opened. */
import type { AtLeastOnceSink } from '../../contracts/sink.js'
import type { JsonValue, Source } from '../../contracts/source.js'

/** A sink for any record type. */
export function unopenedSink<T>(config: JsonValue = {}): AtLeastOnceSink<T> {
  return { kind: 'unopened', delivery: 'at-least-once', config, createWriter: refuse }
}

/** A source of T. */
export function unopenedSource<T>(config: JsonValue = {}): Source<T> {
  return {
    kind: 'unopened',
    boundedness: 'unbounded',
    config,
    createEnumerator: refuse,
    createReader: refuse,
  }
}

async function refuse(): Promise<never> {
  throw new Error('a plan opens nothing')
}
